"""Words that name parts of a site rather than things on it: `cart`, `about-us`, `edit`; keys and values of queries likewise.

They are what tells a kind of page from one of its many pages where nothing else is known. The lists are closed on purpose: a word that stands in
none of them is taken for the name of a thing, so that no site can make up kinds of pages without end. They were put together from the
routes of WordPress, WooCommerce, Shopify, Magento, Drupal, MediaWiki, Django, Wagtail, Discourse and Ghost, and from common sense.
"""

from typing import Final

__all__ = [
    "ACT_WORDS",
    "COLLECTION_WORDS",
    "FUNCTION_WORDS",
    "LANGUAGES",
    "NAMESPACES",
    "NAMING_KEYS",
    "NOISE_KEYS",
    "NOISE_PREFIXES",
    "PAGE_EXTENSIONS",
    "SECTION_WORDS",
    "SPECIAL_PAGES",
    "VIEW_KEYS",
    "VIEW_VALUES",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _by_lower_case(text: str) -> dict[str, str]:
    return {word.lower(): word for word in text.split()}


FUNCTION_WORDS: Final = _words(
    """about account admin archive author authors blog browse cart categories category checkout collections contact cookies docs
    download downloads edit events faq features forum gallery help home imprint index jobs legal login logout members new news
    orders page payment press pricing privacy product products profile register reviews search settings shop signup sitemap store
    support tag tags team terms topics users welcome wishlist"""
)
"""Words that stay themselves among many others, in what is learned from a log too."""

COLLECTION_WORDS: Final = _words(
    """archive archives article articles author authors blog brand brands catalog catalogue categories category collection collections
    company companies course courses d dp episode episodes event events hotel hotels item items job jobs journal label labels magazine
    member members movie movies news node offers p people photo photos playlist post posts product product-category product-tag
    products profile profiles project projects question questions recipe recipes release releases section sections series show stories
    story subject t tag tagged tags thread threads topic topics u user users video videos watch wiki"""
)
"""Words whose children are things, so that a word below them is the name of one."""

SECTION_WORDS: Final = (
    FUNCTION_WORDS
    | COLLECTION_WORDS
    | _words(
        """about-us accessibility accounts activity address-book addresses affiliates agb answers app apps articles auth basket billing
    bookmarks brand brands branches business buy calendar campaigns careers case-studies catalog catalogue channels chat clients
    clubs cms collection comments communities community companies company compare conditions contact-us contacts content cookie-policy
    copyright courses culture customer customers dashboard datenschutz deals default delivery demo demos departments developer developers
    directory discover discussions documentation documents enterprise entry episodes evaluation event examples exhibitions
    explore export favorites favourites feedback files find finder flights forgot-password forumdisplay forums free getting-started gift-cards
    gifts groups guide guides history hotels how-it-works images impressum import inbox industries info information integrations
    intro inventory investors invoices issues item items job journal kontakt labs landing lang learn lessons library licence license
    licenses links list listings lists live local locations lookbook lost-password magazine main maintenance manual map marketing
    marketplace materials media meetups memberlist menu messages mobile modules music my-account my-orders network newsletter notes
    notifications offers offices online open-source opportunities order order-tracking our-story our-team outlet overview packages
    pages partners password payments people photos plans platform plugins podcast podcasts policies policy popular portal portfolio
    post posts press-releases prices privacy-policy programs projects promotions properties publications purchase question questions
    quote rates recent recipes redirect references refunds releases rent reports research resources results returns roadmap rss
    rules sale sales schedule sections security series service services session sessions shipping showthread shopping shopping-cart shows
    sign-in sign-up signin site-map site sites snippets software solutions special specials speakers sponsors sports stats status
    stories story stream subjects subscribe subscriptions success-stories survey terms-and-conditions terms-of-service terms-of-use
    testimonials themes thread threads tickets today tools topic tour tours track training travel trending tutorials updates upload
    user versions video viewforum viewtopic videos volunteer warenkorb weather webinars whats-new wiki work workshops wp-admin wp-content wp-login w y years"""
    )
)
"""Words that name a part of a site where they stand first or second in a path."""

ACT_WORDS: Final = _words(
    """accept activate add all answers apply approve assign attachments book buy cancel change chooser clone close comment comments
    compare complete confirm confirmation contact copy create delete details diff discussion done download edit embed export favorite
    feed files finish follow gallery grant history images import info invite items join last latest like links list log login logout
    map members move new next orders overview page password pay preview previous print privileges process publish purge questions raw
    read recent refund register related remove reply report reset restore results review reviews revisions revoke save search settings share shipping
    signup source specs start stats status step subscribe success summary talk tags thank-you thanks top track tree undo unpublish
    unsubscribe update upload usage users verify versions view vote votes"""
)
"""Words that say what is done with what stands before them, at any depth."""

PAGE_EXTENSIONS: Final = _words(
    ".asp .aspx .cfm .cgi .do .htm .html .jsf .jsp .jspx .php .php3 .php5 .phtml .pl .shtml .xhtml"
)

LANGUAGES: Final = _words(
    """ar be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk mn ms nb nl nn no pl pt
    ro ru sk sl sq sr sv sw ta th tr uk ur uz vi zh"""
)

NAMESPACES: Final = _by_lower_case(
    """Category Category_talk File File_talk Help Help_talk Media MediaWiki MediaWiki_talk Module Portal Project Project_talk Special Talk
    Template Template_talk User User_talk Wikipedia"""
)
"""Of MediaWiki: `Talk:Main_Page` is another kind of page than `Main_Page`."""

SPECIAL_PAGES: Final = _by_lower_case(
    """AllPages Block Book BookSources Categories ChangePassword Contributions CreateAccount Diff EmailUser Export Import LinkSearch
    ListFiles ListUsers Log LongPages MostLinked MovePage MyContributions MyPage MyTalk NewImages NewPages Notifications OrphanedPages
    PageInfo PasswordReset PermanentLink Preferences PrefixIndex Random RecentChanges RecentChangesLinked Redirect Search ShortPages
    SpecialPages Statistics Tags Undelete Upload UserLogin UserLogout UserRights Version WantedPages Watchlist WhatLinksHere"""
)

VIEW_KEYS: Final = _words(
    "act action controller do format method mode op option page post_type route section tab task taxonomy type view"
)
"""Query keys whose value names a kind of page, where it is a word of `VIEW_VALUES`."""

VIEW_VALUES: Final = _words(
    """account activate add address all archive article attachment basket browse calendar cancel cart categories category
    change chart checkout comment comments compact compare confirm contact content create credits data day delete description details diff
    display download edit export faq feed files form forum full gallery general graph grid help history home html images import index
    info item json large list log login logout lostpassword map markasread member members month move new order orders overview page
    password pay photos plain post posts preview print product products profile protect purge raw register render reply report results
    review reviews revert rss search settings share show sitemap small source specs stats status submit subscribe summary table tag
    tags talk text thread topic trash tree unwatch update upload user users video view watch week wishlist xml year"""
)

NAMING_KEYS: Final = VIEW_KEYS | _words(
    """add-to-cart answer article article_id attachment_id author author_id board c cat cat_id category category_id cid curid date day diff
    doc event f file folder forum forum_id group id image item item_id keyword keywords lang language m message month n name news_id
    next node oldid order order_id p page_id paged path pid post post_id product product_id q query question r redirect redirect_to
    remove_item replytocom return return_to returnto s search search_query site sku start step story t tag term thread title topic
    topic_id u uid url user user_id username veaction w year"""
)
"""Query keys that say which page is meant; all others refine it (filters, sorting, facets), and are told apart no further."""

NOISE_KEYS: Final = _words(
    """_ _ga _gl _hsenc _hsmi _wpnonce aff affiliate authenticity_token cache cachebuster cb cfid cftoken count csrf csrf_token
    csrfmiddlewaretoken csrftoken dclid expires fbclid gclid gclsrc hash igshid jsessionid key limit mc_cid mc_eid msclkid nocache nonce offset page_size pagesize per_page perpage phpsessid
    rand random ref referer referrer sess session session_id sessionid sid sig signature sort_token token ts timestamp twclid v ver
    version_hash wbraid yclid zenid"""
)
"""Query keys that do not make another kind of page: where somebody came from, whose session it is, how long a list is, that no cache should
answer."""

NOISE_PREFIXES: Final = ("utm_", "pk_", "mtm_", "hsa_", "aspsessionid")
