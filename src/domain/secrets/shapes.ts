export interface Shape {
  pattern: RegExp
  /** What stays; nothing but the mask when absent. */
  replacement?: string
}

/**
 * Secrets that their shape gives away. Every pattern is linear: each repeat is bounded and no repeat holds another,
 * so that a match costs a constant number of steps per character wherever it starts.
 */
export const SHAPES: Shape[] = [
  // Ours.
  { pattern: /\bexp-[A-Za-z0-9_]{40}\b/g },
  // Slack: tokens and webhooks.
  { pattern: /\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{10,250}/g },
  {
    pattern: /https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{8,250}/g,
  },
  // Discord: webhooks and bot tokens.
  {
    pattern:
      /https:\/\/(?:[a-z]{1,10}\.)?discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{5,25}\/[\w-]{10,120}/g,
  },
  { pattern: /\b[MNO][A-Za-z\d_-]{22,28}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,45}/g },
  // Cloud keys and signed addresses.
  { pattern: /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b/g },
  { pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { pattern: /\bya29\.[A-Za-z0-9_-]{20,500}/g },
  { pattern: /\b(AccountKey=)[A-Za-z0-9+/=]{20,120}/g, replacement: '$1[masked]' },
  {
    pattern: /([?&](?:sig|X-Amz-Signature|X-Goog-Signature)=)[A-Za-z0-9%+/=_-]{16,1000}/gi,
    replacement: '$1[masked]',
  },
  // Code hosts, model hubs, model APIs.
  { pattern: /\bgh[opusr]_[A-Za-z0-9]{20,255}/g },
  { pattern: /\bgithub_pat_[A-Za-z0-9_]{20,255}/g },
  { pattern: /\bglpat-[A-Za-z0-9_-]{20,80}/g },
  { pattern: /\b(?:hf_|api_org_)[A-Za-z0-9]{20,80}/g },
  // Without one of these words no hyphen counts: `sk-learn-random-forest-baseline` is the name of a run.
  { pattern: /\bsk-(?:(?:ant|proj|svcacct|admin)-[A-Za-z0-9_-]{20,250}|[A-Za-z0-9]{20,250})/g },
  { pattern: /\b(?:npm_[A-Za-z0-9]{30,60}|pypi-[A-Za-z0-9_-]{30,250}|dapi[0-9a-f]{32})/g },
  { pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,250}/g },
  // JSON web tokens.
  { pattern: /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}/g },
  // Credentials in an address: up to the last @ of the host part, or past a slash unless that ends a port.
  {
    pattern: /(:\/\/)[^\s:/?#@[\]"'<>]{0,200}:(?:[^\s/?#"'<>]{1,200}@|(?!\d{1,5}[/?#])[^\s@"'<>]{1,200}@)/g,
    replacement: '$1[masked]@',
  },
]
