import { createApp } from "vue";
import App from "./ui/App.vue";
import { open } from "./ui/acts";
import { startDecoder } from "./ui/parts/decoder";
import { watchTouches } from "./ui/shift";
import { watchUpdates } from "./ui/updates";
import { startLanguage } from "./ui/words";
import "./ui/gate.css";

async function start(): Promise<void> {
  startLanguage();
  createApp(App).mount("#app");
  await open();
  watchTouches();
  startDecoder();
  await watchUpdates();
}

void start();
