"""Journeys through the demo shop: most people look around, some search, a few buy."""

from trafficflou import journey


@journey(weight=5, device={"mobile": 0.6, "desktop": 0.4}, think=(2, 9))
async def look_around(v):
    """Look at some products of a category."""
    await v.get("/")
    await v.click("/category/*")
    while v.chance(0.7):
        page = await v.click("/product/*")
        v.check("a product has a price", page.count(".product .price") == 1)


@journey(weight=3, data="words.csv")
async def search(v):
    """Search for a word of the list, and look at the first thing that is found."""
    await v.get("/")
    await v.think(1, 4)
    page = await v.submit("search", q=v.data["word"])
    found = page.count("a.card")
    v.check("the search finds what is there", found >= int(v.data["least"]))
    if not found:
        v.leave()
    await v.think(3, 8)
    await v.click(lambda link: link.path == page.css("a.card", "href")[0])


@journey(weight=1, think=(2, 6))
async def buy(v):
    """Put something into the basket, and order it."""
    await v.get("/")
    await v.click("Tableware")
    page = await v.click("/product/*")
    number = page.extract(r'name="product" value="(\d+)"')
    await v.submit("Put into basket", quantity=v.choose([1, 2, 3], weights=[6, 3, 1]))
    page = await v.click("Go to checkout")
    page.expect("Where shall it go?")
    await v.submit(
        "On to payment", {"Name": f"Test Visitor {v.visitor}"}, street="1 Test Street", city="Testville"
    )
    page = await v.submit("Order now", pay_by="invoice")
    page.expect(page.title.startswith("Thank you"), f"an order of product {number}")
