/**
 * Asks for what an order needs: a reason, and once the person's name and the token.
 * Always: says what will happen before it happens, and what came of it.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { becauseLength } from "../../../src/web/commands.ts";
import type { Verb } from "../../../src/web/commands.ts";
import { knownPerson, order, remember } from "../api.ts";
import { typed } from "../form.ts";
import { signalOf } from "../signal.ts";

type Wanted = { readonly verb: Verb; readonly subject: string; readonly says: string; readonly after: () => void };
const wantedOrders = signalOf<Wanted>();

/** A button that gives an order; `says` completes "… ?" in the question. */
export function OrderButton({ verb, subject, says, after, children }: Wanted & { readonly children: string }) {
  return <button type="button" class="order" onClick={() => wantedOrders.send({ verb, subject, says, after })}>{children}</button>;
}

export function OrderDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [said, setSaid] = useState<{ readonly good: boolean; readonly text: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => wantedOrders.listen((one) => {
    setSaid(null);
    setWanted(one);
  }), []);
  // Opened only when its fields are there, so that the first one is where the reader types.
  useLayoutEffect(() => {
    if (wanted !== null) dialog.current?.showModal();
  }, [wanted]);
  const needsPerson = knownPerson() === null;

  const submit = async (form: HTMLFormElement): Promise<void> => {
    if (wanted === null) return;
    if (needsPerson) remember(typed(form, "who"), typed(form, "token"));
    setBusy(true);
    const result = await order({ verb: wanted.verb, subject: wanted.subject, because: typed(form, "because") });
    setBusy(false);
    if (!result.ok) return setSaid({ good: false, text: `${result.message} [${result.code}]` });
    setSaid({ good: result.value.done, text: result.value.said });
    wanted.after();
  };
  return (
    <dialog ref={dialog} aria-labelledby="order-title" onClose={() => setWanted(null)}>
      {wanted === null ? null : (
        <form onSubmit={(event) => { event.preventDefault(); void submit(event.currentTarget); }}>
          <h2 id="order-title">{wanted.says}</h2>
          {said?.good === true ? null : (
            <>
              <label>Why<input name="because" required minLength={becauseLength.least} maxLength={becauseLength.most} autocomplete="off" /></label>
              {needsPerson ? (
                <>
                  <label>Your name<input name="who" required maxLength={64} autocomplete="username" /></label>
                  <label>Token<input name="token" type="password" required autocomplete="off" spellcheck={false} /></label>
                  <p class="hint">The token is in the file <code>&lt;ledger.path&gt;.access</code> on Gantry's machine. It is kept until this page is closed.</p>
                </>
              ) : null}
            </>
          )}
          {said === null ? null : <p class={said.good ? "said" : "trouble"} role="status">{said.text}</p>}
          <div class="buttons">
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>{said?.good === true ? "Close" : "Cancel"}</button>
            {said?.good === true ? null : <button type="submit" disabled={isBusy}>{wanted.verb}</button>}
          </div>
        </form>
      )}
    </dialog>
  );
}
