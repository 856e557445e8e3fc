exports.handler = async ({ order }) => ship(order);

function ship(order) {
  if (!order) {
    return "nothing to ship";
  }
  const address = order.customer?.address || order.address;
  const carrier = address ? "post" : "pickup";
  book(carrier);
  return carrier;
}

function book(carrier) {
  console.log(`booked ${carrier}`);
}
