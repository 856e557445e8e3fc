const prices = { tea: 3, coffee: 4 };

exports.handler = async ({ item, coupon }) => {
  const price = prices[item];
  if (coupon) {
    return discounted(price);
  }
  return price;
};

function discounted(price) {
  return price - 1;
}

function refund(price) {
  return -price;
}

exports.refund = refund;
