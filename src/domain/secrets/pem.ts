const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const END = '-----END '
const END_TAIL = /[A-Z0-9 ]{0,60}-{0,5}/y

/** Whether a text opens a private key that it does not close: what follows it in the next lines is the key. */
export function leavesKeyOpen(text: string): boolean {
  const last = [...text.matchAll(BEGIN)].at(-1)
  return last !== undefined && !text.includes(END, last.index)
}

/** Where the key ends that an earlier line opened; undefined when it goes on. */
export function endOfKey(text: string): number | undefined {
  const end = text.indexOf(END)
  return end === -1 ? undefined : afterEnd(text, end)
}

/** Replaces private keys in PEM form, header lines and all; one that was cut off is masked to the end of the text. */
export function maskKeys(text: string, mask: string): string {
  let [masked, at] = ['', 0]
  for (const { index } of text.matchAll(BEGIN)) {
    if (index < at) continue
    const end = text.indexOf(END, index)
    masked += text.slice(at, index) + mask
    at = end === -1 ? text.length : afterEnd(text, end)
  }
  return masked + text.slice(at)
}

function afterEnd(text: string, end: number): number {
  END_TAIL.lastIndex = end + END.length
  END_TAIL.test(text)
  return Math.max(END_TAIL.lastIndex, end + END.length)
}
