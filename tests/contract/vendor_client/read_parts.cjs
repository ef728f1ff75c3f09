// Apollo Client as a reader of answers in parts. One line in, one line out.
// in: {"url", "query", "handler"} first, then anything for the next state; out: {"data", "state", "errors"}
const { createInterface } = require("node:readline");
const { ApolloClient, HttpLink, InMemoryCache, gql } = require("@apollo/client/core");
const handlers = require("@apollo/client/incremental");

const states = [];
const waiting = [];

function told(result) {
  const errors = result.error?.errors ?? (result.error ? [result.error] : []);
  return { data: result.data ?? null, state: result.dataState, errors: errors.map(({ message }) => message) };
}

function pass(result) {
  if (result.dataState === "empty" && result.loading) return;
  states.push(told(result));
  answer();
}

function answer() {
  while (states.length && waiting.length) {
    waiting.shift();
    process.stdout.write(`${JSON.stringify(states.shift())}\n`);
  }
}

function ask({ url, query, handler }) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, fetch }),
    cache: new InMemoryCache(),
    incrementalHandler: new handlers[handler](),
  });
  client.watchQuery({ query: gql(query), fetchPolicy: "network-only", errorPolicy: "all" }).subscribe({ next: pass });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const question = JSON.parse(line);
  waiting.push(question);
  if (question.url) ask(question);
  answer();
});
