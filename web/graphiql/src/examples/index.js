import cart from "./cart.graphql?raw";
import checkout from "./checkout.graphql?raw";
import me from "./me.graphql?raw";
import orders from "./orders.graphql?raw";
import products from "./products.graphql?raw";
import search from "./search.graphql?raw";

const variables = (values) => JSON.stringify(values, null, 2);

export const EXAMPLES = [
  { title: "Products, prices, stock", about: "One query over catalogue and inventory", query: products },
  { title: "Search", about: "Full text over the catalogue", query: search },
  {
    title: "Fill a cart",
    about: "Needs a SKU in the variables",
    query: cart,
    variables: variables({ sku: "", currencyCode: "GBP" }),
  },
  {
    title: "Check out",
    about: "Needs the cart's id in the variables",
    query: checkout,
    variables: variables({ cartId: "", key: "my-first-order" }),
  },
  { title: "Orders", about: "Lines, history and payments of the newest", query: orders },
  { title: "Who am I?", about: "The signed-in user and the tenant", query: me },
];
