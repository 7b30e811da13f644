// k6: every virtual user asks for a random page, without a pause.
import http from "k6/http";

const urls = __ENV.URLS.split(" ");

export const options = { discardResponseBodies: true };

export default function () {
  http.get(urls[Math.floor(Math.random() * urls.length)]);
}
