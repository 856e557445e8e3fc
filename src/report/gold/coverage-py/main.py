import empty
from orders import price

price([{"qty": 1, "price": 2}, {"qty": 20, "price": 1}], 1)
