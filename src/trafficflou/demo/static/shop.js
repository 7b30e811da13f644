// Suggestions in the search box, asked for once the typing pauses.
(function () {
  "use strict";
  var box = document.querySelector(".find input");
  var list = document.getElementById("suggestions");
  if (!box || !list) return;
  var timer = 0;
  box.addEventListener("input", function () {
    clearTimeout(timer);
    var text = box.value.trim();
    if (text.length < 2) return;
    timer = setTimeout(function () {
      fetch("/api/suggest?q=" + encodeURIComponent(text))
        .then(function (answer) { return answer.ok ? answer.json() : []; })
        .then(function (products) {
          list.replaceChildren.apply(list, products.map(function (product) {
            var option = document.createElement("option");
            option.value = product.name;
            return option;
          }));
        })
        .catch(function () { /* the search works without suggestions */ });
    }, 200);
  });
})();
