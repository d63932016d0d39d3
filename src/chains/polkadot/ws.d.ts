/** The part of the package "ws" that socket.ts uses; it brings no types of its own. */
declare module "ws" {
  export class WebSocket {
    constructor(url: string, options: { readonly perMessageDeflate: boolean; readonly maxPayload: number; readonly handshakeTimeout: number });
    send(text: string): void;
    /** ends the connection without a farewell */
    terminate(): void;
    addEventListener(name: "open" | "error" | "close", listener: () => void): void;
    addEventListener(name: "message", listener: (event: { readonly data: unknown }) => void): void;
  }
}
