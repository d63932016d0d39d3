/**
 * The long look at a healthy installation: real chains, Prometheus and Alertmanager; ends with 1 when anybody would be told anything.
 * Usage: npm run soak [-- MINUTES]; an hour unless told. Never: for anything but toy chains.
 */
import { soak } from "../test/support/soak.ts";

const minutes = Number(process.argv[2] ?? 60);
if (!(minutes > 0)) throw new RangeError(`"${process.argv[2]}" is no number of minutes; npm run soak -- 120`);
const { told, alerts, stories, rounds } = await soak({ minutes, say: (text) => console.log(`${new Date().toISOString()} ${text}`) });
console.log(`${stories} rounds of transfers, ${rounds} scrapes. Told: ${told.join(", ") || "nothing"}. gantry alerts: ${JSON.stringify(alerts)}`);
process.exit(told.length === 0 ? 0 : 1);
