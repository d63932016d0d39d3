/** The part of the package "ws" that overhear.ts uses beside what src/chains/polkadot/ws.d.ts tells of it. */
declare module "ws" {
  export class WebSocketServer {
    constructor(options: { readonly host: string; readonly port: number; readonly perMessageDeflate: boolean }, listening: () => void);
    readonly clients: ReadonlySet<WebSocket>;
    address(): { readonly port: number };
    on(name: "connection", listener: (socket: WebSocket) => void): void;
    close(closed: () => void): void;
  }
}
