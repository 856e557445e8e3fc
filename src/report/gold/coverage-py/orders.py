"""A small service with what a report has to show: branches, an excluded line, a function never run."""


def price(items, discount=None):
    total = 0
    for item in items:
        if item["qty"] > 10:
            total += item["price"] * item["qty"] * 0.9
        else:
            total += item["price"] * item["qty"]
    if discount:
        total -= discount
    return total


def never(reason):
    if reason:
        raise ValueError(reason)
    return None


def debug():  # pragma: no cover
    print("debug")


if __name__ == "__main__":
    print(price([{"qty": 1, "price": 2}]))
