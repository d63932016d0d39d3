/** The frame: name, connection, ways to go, and the view that the address names. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { useLive, useNow, usePlace } from "./hooks.ts";
import { ago, moment } from "./format.ts";
import type { Place } from "./router.ts";
import { OrderDialog } from "./parts/order-dialog.tsx";
import { ThemeButton } from "./parts/theme-button.tsx";
import { AlertsView } from "./views/alerts.tsx";
import { DeliveryView } from "./views/delivery.tsx";
import { LanesView } from "./views/lanes.tsx";
import { OverviewView } from "./views/overview.tsx";
import { TransferView } from "./views/transfer.tsx";
import { TransfersView } from "./views/transfers.tsx";

const ways = [
  { href: "#/", label: "Overview", views: ["overview"] },
  { href: "#/transfers", label: "Transfers", views: ["transfers", "transfer", "delivery"] },
  { href: "#/lanes", label: "Lanes", views: ["lanes"] },
  { href: "#/alerts", label: "Alerts", views: ["alerts"] },
] as const;

function Connection() {
  const { connection } = useLive();
  const now = useNow();
  if (connection.is === "live") return <p class="connection" role="status"><span class="dot good" />live</p>;
  if (connection.is === "connecting") return <p class="connection" role="status"><span class="dot" />connecting</p>;
  return <p class="connection bad" role="status"><span class="dot bad" />not connected since {moment(connection.since, now)} ({ago(connection.since, now)})</p>;
}

function View({ place }: { readonly place: Place }) {
  switch (place.view) {
    case "overview": return <OverviewView />;
    case "transfers": return <TransfersView filter={place.filter} />;
    case "transfer": return <TransferView id={place.id} />;
    case "delivery": return <DeliveryView id={place.id} />;
    case "lanes": return <LanesView />;
    case "alerts": return <AlertsView />;
  }
}

export function App() {
  const place = usePlace();
  const { alerts } = useLive();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const key = JSON.stringify(place);
  // A change of the view moves the reader there, as a new document would; filters do not.
  useLayoutEffect(() => {
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [place.view === "transfers" ? place.view : key]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <header>
        <a class="name" href="#/">Gantry</a>
        <nav aria-label="Views">
          {ways.map(({ href, label, views }) => (
            <a key={href} href={href} {...((views as readonly string[]).includes(place.view) ? { "aria-current": "page" as const } : {})}>
              {label}{label === "Alerts" && alerts.length > 0 ? <span class="count">{alerts.length}</span> : null}
            </a>
          ))}
        </nav>
        <Connection />
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1} ref={main}><View place={place} /></main>
      <OrderDialog />
    </>
  );
}
