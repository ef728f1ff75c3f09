// Hive Gateway in one process: node hive.mjs SUPERGRAPH PORT javascript|rust shared|alone
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";
import { useJIT } from "@graphql-mesh/plugin-jit";

const [supergraph, port, planner, sharing] = process.argv.slice(2);
const isRust = planner === "rust";

const gateway = createGatewayRuntime({
  supergraph,
  logging: "error",
  landingPage: false,
  graphiql: false,
  ...(isRust && { unifiedGraphHandler }),
  plugins: () => (isRust ? [] : [useJIT()]),
  transportEntries: { "*.http": { options: { deduplicateInflightRequests: sharing === "shared" } } },
});

createServer(gateway).listen(Number(port), "127.0.0.1");
