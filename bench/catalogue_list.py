"""The shop page: 20 products with variants, price and availability, through BFF, router and three subgraphs.

usage: python bench/catalogue_list.py [--web URL] [--seconds S] [--password P]
Run it once against `./retailflow up` and once against `./retailflow up --separate`, both with room for one account:
RETAILFLOW_RATE_PER_SESSION, RETAILFLOW_RATE_PER_ADDRESS and RETAILFLOW_RATE_PER_TENANT at 1000000/second.
"""

import argparse
import asyncio

import aiohttp
from load import HEADER, measure
from product import signed_in

QUERY = """query ShopPage { tenant { name } products(first: 20) { nodes { id name slug
  variants { id sku price { amount currencyCode } availability { available isInStock } } } } }"""


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--web", default="http://127.0.0.1:8000")
    parser.add_argument("--username", default="owner@lumen.example")
    parser.add_argument("--password", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        headers = await signed_in(session, arguments.web, arguments.username, arguments.password)

        async def request(_client: int) -> None:
            async with session.post(f"{arguments.web}/graphql", json={"query": QUERY}, headers=headers) as response:
                answer = await response.json(content_type=None)
            if response.status != 200 or "errors" in answer or len(answer["data"]["products"]["nodes"]) != 20:
                raise RuntimeError(str(answer)[:500])

        await measure(4, 1, request)
        print(HEADER)
        for clients in (1, 16, 64):
            print((await measure(clients, arguments.seconds, request)).row())


asyncio.run(main())
