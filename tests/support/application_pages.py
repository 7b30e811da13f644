"""Pages in the manner of well-known applications, written for tests."""

__all__ = [
    "ADMIN_FORM",
    "BLOG_THEME",
    "BOOTSTRAP_SHOP",
    "CMS_SITE",
    "FORUM",
    "SHOP_PLUGIN",
    "TOPIC_LIST",
    "WIKI",
]

BLOG_THEME = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="UTF-8" /><title>Hello world! &#8211; A Garden Blog</title>
<link rel="alternate" type="application/rss+xml" href="/feed/" /></head>
<body class="post-template-default single single-post has-sidebar nav-open">
<div id="page" class="site"><a class="skip-link screen-reader-text" href="#content">Skip to content</a>
<div id="header" class="site-head"><div class="site-branding"><p class="site-title"><a href="/" rel="home">A Garden Blog</a></p></div>
<div id="site-navigation" class="main-navigation"><button class="menu-toggle" aria-controls="primary-menu">Menu</button>
<div class="menu-main-container"><ul id="primary-menu" class="menu nav-menu"><li id="menu-item-7" class="menu-item menu-item-type-post_type"><a href="/about/">About</a>
<ul class="sub-menu"><li class="menu-item"><a href="/about/team/">Team</a></li></ul></li></ul></div></div></div>
<div id="content" class="site-content"><div id="primary" class="content-area"><div id="main" class="site-main">
<div id="post-1" class="post-1 post type-post hentry category-news"><div class="entry-header"><h1 class="entry-title"><a href="/2020/05/hello-world/" rel="bookmark">Hello world!</a></h1></div>
<a class="post-thumbnail" href="/2020/05/hello-world/" aria-hidden="true" tabindex="-1"><img src="/t.jpg" alt="" /></a>
<div class="entry-content"><p>Welcome. <a href="/2020/04/roses/">Roses need sun</a> <a href="/wp-content/uploads/plan.pdf">the plan</a></p></div>
<div class="entry-footer"><a href="/category/news/" rel="category tag">News</a> <a href="/2020/05/hello-world/#respond">Leave a comment<span class="screen-reader-text"> on Hello world!</span></a></div></div>
<div id="respond" class="comment-respond"><h3 id="reply-title">Leave a Reply</h3><form action="/wp-comments-post.php" method="post" id="commentform" class="comment-form" novalidate>
<p class="comment-form-comment"><label for="comment">Comment <span class="required">*</span></label> <textarea id="comment" name="comment" cols="45" rows="8" maxlength="65525" required></textarea></p>
<p><label for="author">Name</label> <input id="author" name="author" type="text" value="" size="30" maxlength="245" autocomplete="name" required /></p>
<p class="comment-form-cookies-consent"><input id="consent" name="wp-comment-cookies-consent" type="checkbox" value="yes" /> <label for="consent">Save my name</label></p>
<p class="form-submit"><input name="submit" type="submit" id="submit" class="submit" value="Post Comment" /> <input type='hidden' name='comment_post_ID' value='1' id='comment_post_ID' />
<input type='hidden' name='comment_parent' id='comment_parent' value='0' /></p><p style="display: none !important;"><label>&#916;<textarea name="ak_hp_textarea" cols="45"></textarea></label></p></form></div>
</div></div><div id="secondary" class="widget-area"><div id="search-2" class="widget widget_search"><form role="search" method="get" class="search-form" action="/">
<label><span class="screen-reader-text">Search for:</span> <input type="search" class="search-field" placeholder="Search &hellip;" value="" name="s" /></label> <input type="submit" class="search-submit" value="Search" /></form></div>
<ul><li><a href="/2020/04/">April 2020</a></li><li><a href="/feed/">Entries feed</a></li></ul></div></div>
<div id="colophon" class="site-footer"><div class="site-info"><a href="https://cms.example/" class="imprint">Made with a CMS</a> <a href="/privacy/">Privacy</a></div></div></div>
</body></html>"""

SHOP_PLUGIN = """<html><body class="archive woo-shop"><header id="masthead"><nav id="nav"><ul><li><a href="/shop/">Shop</a></li>
<li class="cart"><a class="cart-contents" href="/cart/" title="View your shopping cart"><span class="amount"><span class="currencySymbol">&pound;</span>38.00</span> <span class="count">2 items</span></a></li></ul></nav></header>
<main id="main"><ul class="products columns-3">
<li class="product type-product"><a href="/product/album/" class="loop-product__link"><img src="/a.jpg" alt="" /><h2 class="title">Album</h2>
<span class="price"><span class="amount"><bdi><span class="currencySymbol">&pound;</span>1,015.00</bdi></span></span></a><a href="?add-to-cart=31" class="button add_to_cart_button" rel="nofollow" aria-label="Add &ldquo;Album&rdquo; to your basket">Add to basket</a></li>
<li class="product sale"><a href="/product/beanie/" class="loop-product__link"><span class="onsale">Sale!</span><h2 class="title">Beanie</h2>
<span class="price"><del aria-hidden="true"><span class="amount"><bdi><span>&pound;</span>20.00</bdi></span></del> <span class="screen-reader-text">Original price was: &pound;20.00.</span><ins aria-hidden="true"><span class="amount"><bdi><span>&pound;</span>18.00</bdi></span></ins><span class="screen-reader-text">Current price is: &pound;18.00.</span></span></a><a href="?add-to-cart=15">Add to basket</a></li>
<li class="product variable"><a href="/product/hoodie/"><h2>Hoodie</h2><span class="price"><span>&pound;</span>42.00 &ndash; <span>&pound;</span>45.00</span></a></li>
</ul><form class="ordering" method="get"><select name="orderby" aria-label="Shop order"><option value="menu_order" selected="selected">Default sorting</option><option value="price">Sort by price</option></select>
<input type="hidden" name="paged" value="1" /></form></main></body></html>"""

WIKI = """<!DOCTYPE html><html class="client-nojs"><head><title>Rose - A Wiki</title></head><body class="mediawiki ltr ns-0 page-Rose">
<div id="mw-page-base" class="noprint"></div><div id="content" class="mw-body" role="main"><a id="top"></a><h1 id="firstHeading" class="firstHeading">Rose</h1>
<div id="bodyContent"><div id="jump-to-nav"></div><a class="mw-jump-link" href="#mw-head">Jump to navigation</a><div id="mw-content-text" lang="en"><div class="mw-parser-output">
<p>A <b>rose</b> is a <a href="/wiki/Plant" title="Plant">plant</a> seen <a href="/index.php?title=Garden&amp;action=edit&amp;redlink=1" class="new" title="Garden (page does not exist)">in gardens</a>.<sup id="cite_ref-1"><a href="#cite_note-1">[1]</a></sup></p>
<div id="toc" class="toc"><h2>Contents</h2><ul><li class="toclevel-1"><a href="#History"><span class="tocnumber">1</span> <span class="toctext">History</span></a></li></ul></div>
<div class="thumb"><a href="/wiki/File:Rose.jpg" class="image"><img alt="" src="/images/r.jpg"></a></div>
<table class="infobox"><tbody><tr><th>Family</th><td><a href="/wiki/Rosaceae">Rosaceae</a></td></tr></tbody></table></div></div>
<div id="catlinks" class="catlinks"><a href="/wiki/Category:Plants">Plants</a></div></div></div>
<div id="mw-navigation"><h2>Navigation menu</h2><div id="mw-head"><div id="p-personal" role="navigation"><h3 id="p-personal-label">Personal tools</h3><ul><li id="pt-login"><a href="/index.php?title=Special:UserLogin&amp;returnto=Rose">Log in</a></li></ul></div>
<div id="p-search" role="search"><h3><label for="searchInput">Search</label></h3><form action="/index.php" id="searchform"><div id="simpleSearch"><input type="search" name="search" placeholder="Search A Wiki" title="Search A Wiki [alt-shift-f]" id="searchInput"/>
<input type="hidden" value="Special:Search" name="title"/><input type="submit" name="fulltext" value="Search" id="mw-searchButton" class="fallback"/><input type="submit" name="go" value="Go" id="searchButton"/></div></form></div></div>
<div id="mw-panel"><div class="portal" id="p-navigation" role="navigation"><ul><li id="n-recent"><a href="/wiki/Special:RecentChanges">Recent changes</a></li></ul></div></div></div>
<div id="footer" role="contentinfo"><ul id="footer-places"><li><a href="/wiki/Wiki:About">About</a></li></ul></div></body></html>"""

ADMIN_FORM = """<body class="app-library model-book change-form"><div id="container"><header id="header"><div id="branding"><a href="/admin/">Administration</a></div>
<div id="user-tools"><form id="logout-form" method="post" action="/admin/logout/"><input type="hidden" name="csrfmiddlewaretoken" value="t0k"><button type="submit">Log out</button></form></div></header>
<nav aria-label="Breadcrumbs"><div class="breadcrumbs"><a href="/admin/">Home</a> &rsaquo; <a href="/admin/library/">Library</a></div></nav>
<div class="main" id="main"><nav class="sticky" id="nav-sidebar"><a href="/admin/auth/user/">Users</a></nav><main id="content-start" class="content"><h1>Change book</h1>
<form action="" method="post" enctype="multipart/form-data" id="book_form" novalidate><input type="hidden" name="csrfmiddlewaretoken" value="t0k"><fieldset class="module aligned"><legend class="hidden">Book</legend>
<div class="form-row"><label class="required" for="id_title">Title:</label> <input type="text" name="title" value="Moby &quot;Dick&quot;" class="vTextField" maxlength="200" required id="id_title"></div>
<div class="form-row"><label for="id_state_0">State:</label><div id="id_state"><div><label for="id_state_0"><input type="radio" name="state" value="d" required id="id_state_0" checked> Draft</label></div>
<div><label for="id_state_1"><input type="radio" name="state" value="p" required id="id_state_1"> Published</label></div></div></div>
<div class="form-row"><label for="id_authors">Authors:</label><select name="authors" id="id_authors" multiple><option value="1">Herman</option><option value="2" selected>Emily</option></select></div>
<div class="form-row"><label for="id_cover">Cover:</label><input type="file" name="cover" id="id_cover"></div><div class="form-row"><input type="checkbox" name="is_new" id="id_is_new" checked><label class="vCheckboxLabel" for="id_is_new">Is new</label></div></fieldset>
<div class="submit-row"><input type="submit" value="Save" class="default" name="_save"><input type="submit" value="Save and add another" name="_addanother"><a href="/admin/library/book/1/delete/" class="deletelink">Delete</a></div></form></main></div></div></body>"""

FORUM = """<body id="phpbb" class="nojs notouch section-viewtopic"><div id="wrap" class="wrap"><div id="page-header"><div class="headerbar" role="banner"><div class="inner"><a id="logo" class="logo" href="./index.php?sid=0a" title="Board index"><span class="site_logo"></span></a></div></div>
<div class="navbar" role="navigation"><ul id="nav-main"><li><a href="./faq.php?sid=0a" rel="help"><i class="icon fa-question"></i><span>FAQ</span></a></li></ul></div></div>
<div id="page-body" class="page-body" role="main"><h2 class="topic-title"><a href="./viewtopic.php?t=5&amp;sid=0a">Roses</a></h2><div class="action-bar"><a href="./posting.php?mode=reply&amp;t=5" class="button" title="Post a reply"><span>Post Reply</span></a>
<form method="get" action="./search.php?sid=0a"><fieldset><input class="inputbox search" type="search" name="keywords" placeholder="Search this topic…" /><button class="button" type="submit" title="Search"><i class="icon"></i><span class="sr-only">Search</span></button><input type="hidden" name="t" value="5" /></fieldset></form></div>
<div id="p8" class="post has-profile"><div class="postbody"><h3><a href="./viewtopic.php?p=8#p8">Re: Roses</a></h3><div class="content">Sun! <a href="https://elsewhere.example/x" class="postlink">look</a></div></div></div>
<form method="post" action="./ucp.php?mode=login"><dl><dt>Username:</dt><dd><input type="text" name="username" tabindex="1"></dd><dt>Password:</dt><dd><input type="password" name="password"></dd></dl><dl><dd><label for="autologin"><input type="checkbox" name="autologin" id="autologin" /> Remember me</label></dd></dl>
<input type="submit" name="login" value="Login" /></form></div><div id="page-footer" class="page-footer" role="contentinfo"><a href="./memberlist.php?mode=team">The team</a></div></div></body>"""

BOOTSTRAP_SHOP = """<body><nav class="navbar navbar-expand-lg"><a class="navbar-brand" href="index.html">Shop</a><ul class="navbar-nav"><li class="nav-item dropdown"><a class="nav-link dropdown-toggle" href="#" role="button">More</a>
<ul class="dropdown-menu"><li><a class="dropdown-item" href="/popular">Popular</a></li></ul></li></ul><form class="d-flex"><button class="btn" type="submit">Cart <span class="badge">0</span></button></form></nav>
<div class="container"><div class="row"><div class="col mb-5"><div class="card h-100"><img class="card-img-top" src="p.jpg" alt="..." /><div class="card-body p-4"><div class="text-center"><h5 class="fw-bolder">Fancy lamp</h5>$40.00 each</div></div>
<div class="card-footer p-4"><div class="text-center"><a class="btn mt-auto" href="item.php?id=1">View options</a></div></div></div></div>
<div class="col mb-5"><div class="card h-100"><div class="card-body p-4"><h5>Sale lamp</h5><span class="text-muted text-decoration-line-through">$20.00</span> $18.00</div><div class="card-footer"><a href="item.php?id=2">Add to cart</a></div></div></div></div></div>
<div class="modal fade" aria-hidden="true"><form action="/newsletter" method="post"><input name="email"></form></div><footer class="py-5"><div class="container"><a href="/imprint">Imprint</a></div></footer></body>"""

TOPIC_LIST = """<html><head><title>Garden talk</title><base href="/"></head><body class="crawler"><header><a href="/">Garden talk</a></header><div id="main-outlet" class="wrap" role="main"><div itemscope>
<table class='topic-list' itemscope><thead><tr><th>Topic</th><th>Replies</th></tr></thead><tbody><tr class="topic-list-item" id="topic-list-item-8"><td class="main-link"><span class="link-top-line"><a itemprop='url' href='http://127.0.0.1:8080/t/roses/8' class='title raw-link raw-topic-link'>Roses</a></span>
<div class="link-bottom-line"><a href='/c/plants/5' class='badge-wrapper'><span class='badge-category'><span class='category-name'>Plants</span></span></a></div></td><td class="replies"><span class='posts'>4</span><td class="views">12</tr></tbody></table>
<nav class="topic-list-footer"><a rel="next" href="/latest?page=1">next page</a></nav></div></div><footer class="container"><nav class='crawler-nav'><a href='/tos'>Terms</a></nav></footer></body></html>"""

CMS_SITE = """<body class="template-blogpage"><header class="header clearfix"><div class="navigation" data-navigation><a href="/" class="navigation__logo">Bakery</a><nav class="navigation__desktop" aria-label="Main"><ul class="navigation__items"><li class="is-active"><a href="/breads/" aria-current="page">Breads</a></li></ul></nav></div></header>
<main id="main-content"><div class="container"><nav aria-label="Breadcrumb"><ol class="breadcrumb-list"><li><a href="/blog/">Blog</a></li></ol></nav><section class="blog-list"><article class="picture-card"><a class="picture-card__link" href="/blog/bread/"><figure><img alt="A loaf" src="/l.webp"></figure><div class="picture-card__contents"><h2>Bread &amp; circuses</h2></div></a></article></section>
<form action="/contact/" method="POST" role="form"><input type="hidden" name="csrf" value="x">
<div class="form-field"><label for="id_subject">Subject</label><span class="help">What is it about?</span><select name="subject" id="id_subject"><option value="" disabled selected>Choose</option><optgroup label="Bread"><option>White bread<option value="r">Rye bread</optgroup></select></div>
<fieldset><legend>Contact me by</legend><label><input type=radio name=by value=mail>Mail</label> <label><input type=radio name=by value=phone>Phone</label></fieldset><fieldset disabled><input name="never"></fieldset>
<button type="button">Preview</button><button>Send</button><button name="draft" value="1">Keep a draft</button></form></div></main>
<aside><a href="/latest/">Latest</a></aside><footer><section class="footer__social"><a href="/about/">About</a></section></footer></body>"""
