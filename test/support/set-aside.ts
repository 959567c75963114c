const ASIDE = 0xe000

/** Signs that were found to be literal, out of the way of everything that is still looked for. */
export function setAside(text: string): string {
  return text.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(ASIDE + sign.charCodeAt(0)))
}

/** The same signs again. */
export function takeBack(text: string): string {
  return text.replaceAll(/[\ue021-\ue07e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - ASIDE))
}
