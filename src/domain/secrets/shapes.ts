interface Shape {
  pattern: RegExp
  /** What stays; nothing but the mask when absent. */
  replacement?: string
}

/** Secrets that their shape gives away. Every pattern is linear: bounded repeats, no nested ones. */
export const SHAPES: Shape[] = [
  // Ours.
  { pattern: /\bexp-[A-Za-z0-9_]{40}\b/g },
  // Slack: tokens and webhooks.
  { pattern: /\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,250}/g },
  {
    pattern: /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{8,250}/g,
  },
  // Discord: webhooks and bot tokens.
  {
    pattern:
      /https:\/\/(?:[a-z]{1,10}\.)?discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{5,25}\/[\w-]{10,120}/g,
  },
  { pattern: /\b[MNO][A-Za-z\d_-]{22,28}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,45}/g },
  // Cloud keys.
  { pattern: /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b/g },
  { pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { pattern: /\bya29\.[A-Za-z0-9_-]{20,500}/g },
  { pattern: /\bAccountKey=[A-Za-z0-9+/=]{20,120}/g },
  // Code hosts, model hubs, model APIs.
  { pattern: /\bgh[opusr]_[A-Za-z0-9]{20,255}/g },
  { pattern: /\bgithub_pat_[A-Za-z0-9_]{20,255}/g },
  { pattern: /\bglpat-[A-Za-z0-9_-]{20,80}/g },
  { pattern: /\bhf_[A-Za-z0-9]{20,80}/g },
  { pattern: /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{20,250}/g },
  { pattern: /\b(?:npm_[A-Za-z0-9]{30,60}|pypi-[A-Za-z0-9_-]{30,250})/g },
  // JSON web tokens and keys in PEM form.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}/g },
  {
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{1,8000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  },
  // Credentials inside an address, and after the word that announces them.
  { pattern: /(:\/\/)[^\s:/?#@]{1,200}:[^\s/?#@]{1,200}@/g, replacement: '$1[masked]@' },
  { pattern: /\b(Bearer|Basic)\s+(?!\[masked\])[A-Za-z0-9+/=._~-]{12,4000}/gi, replacement: '$1 [masked]' },
]

/**
 * `password=...`, `"api_key": "..."`, `--token abc`: the value behind a name that announces a secret. A number or a
 * short plain word is none (`tokens=4096`, `token: true`).
 */
export const KEY_VALUE =
  /((?<![A-Za-z0-9])(?:[A-Za-z0-9]{1,30}[_-]){0,4}(?:password|passwd|passphrase|pwd|secret|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|token|private[_-]?key)["']?)(\s{0,3}[=:]\s{0,3}["']?|\s{1,3}(?=[A-Za-z0-9+/_-]{20}))(?!\[masked\])(?!(?:true|false|none|null|undefined|\d{1,9})\b)([^\s"',;&]{3,500})/gi
