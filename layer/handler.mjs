// The module that _HANDLER names while the runtime client reads it. An ES module, because only that can
// await: the user's own top-level await, and the extension's registration before the client's first /next.
export const handler = await globalThis["lambda-coverage:handler"].load();
