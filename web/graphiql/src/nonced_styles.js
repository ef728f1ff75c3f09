// The editor makes its style sheets while it runs. The page's content security policy lets those with the nonce in.
const { nonce } = document.querySelector("meta[property=csp-nonce]");
const create = document.createElement.bind(document);

document.createElement = (name, options) => {
  const element = create(name, options);
  if (element instanceof HTMLStyleElement) {
    element.nonce = nonce;
  }
  return element;
};
