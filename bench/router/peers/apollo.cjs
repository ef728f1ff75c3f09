// Apollo Gateway behind Apollo Server: node apollo.cjs SUPERGRAPH PORT
const { readFileSync } = require("node:fs");
const { ApolloGateway } = require("@apollo/gateway");
const { ApolloServer } = require("@apollo/server");
const { startStandaloneServer } = require("@apollo/server/standalone");

const [supergraph, port] = process.argv.slice(2);
const silent = { debug() {}, info() {}, warn() {}, error: (...words) => console.error(...words) };

async function main() {
  const gateway = new ApolloGateway({ supergraphSdl: readFileSync(supergraph, "utf8"), logger: silent });
  const server = new ApolloServer({ gateway, logger: silent, introspection: false });
  await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: Number(port), path: "/graphql" } });
}

main();
