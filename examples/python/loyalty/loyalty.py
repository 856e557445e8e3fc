"""Points for customers of the coffee shop: a Python service beside the Node.js ones."""

from tiers import Tier, tier_of

POINTS_PER_EURO = {Tier.BRONZE: 1, Tier.SILVER: 2, Tier.GOLD: 3}


def handler(event, context):
    """Takes {"action": "earn" | "redeem" | "merge", ...} and answers {"points": ...} or {"error": ...}."""
    action = event.get("action")
    try:
        if action == "earn":
            return {"points": earn(event["balance"], event["cents"], event.get("campaign"))}
        if action == "redeem":
            return {"points": redeem(event["balance"], event["points"])}
        if action == "merge":
            return {"points": merge(event["accounts"])}
    except (KeyError, ValueError) as error:
        return {"error": str(error)}
    return {"error": f"unknown action {action}"}


def earn(balance, cents, campaign=None):
    if cents < 0:
        raise ValueError("nobody earns points by paying less than nothing")
    points = cents // 100 * POINTS_PER_EURO[tier_of(balance)]
    if campaign == "double":
        points *= 2
    elif campaign == "birthday":
        points += 250
    return balance + points


def redeem(balance, points):
    if points % 100:
        raise ValueError("points go by the hundred")
    if points > balance:
        raise ValueError(f"only {balance} points left")
    return balance - points


def merge(accounts):
    total = 0
    for account in accounts:
        if account.get("blocked"):
            continue
        total += account["points"]
    return total


def expire(accounts, today):
    """The yearly clean-up. The schedule that called it was deleted with the old account."""
    kept = []
    for account in accounts:
        if (today - account["last_order"]).days <= 730:
            kept.append(account)
    return kept
