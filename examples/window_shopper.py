"""A strategy as a class: visitors who wander from product to product and prefer what is cheap."""

from trafficflou import Step


class WindowShopper:
    """Looks at eight products at most, the cheaper the likelier."""

    device = "mobile"

    def next_step(self, visit, page):
        """Choose the next product; `page` is what was opened last, `None` at the start."""
        if page is None:
            return "/"
        products = (
            [link for link in page.content.links if link.path.startswith("/product/")] if page.content else []
        )
        if not products or visit.pages > 8:
            return None
        weights = [1 / (1 + (link.price or 100)) for link in products]
        chosen = visit.rng.choices(products, weights)[0]
        return Step(chosen.path, "/product/{slug}", think_s=visit.rng.lognormvariate(1.5, 0.6))
