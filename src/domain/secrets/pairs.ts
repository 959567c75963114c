import { MASK } from './mask.ts'

const NAMES = 'password|passwd|passphrase|pwd|secret|(?:api|access|secret|private)[_-]?key|token|credentials?'
/** Tokens of a language model, or counts of them. */
const MODEL_TOKEN =
  /(?:pad|eos|bos|unk|sep|cls|mask|stop|start|end|image|audio|special|next|last|first|max|min|num|per|by|new|add)[_-]?$/i
const PREFIX = 8
const PLACEHOLDER =
  /^(?:true|false|none|null|nil|undefined|\[masked\]|<[^<>]{0,40}>|\[[A-Z]{1,20}\]|\$\{\w+\}|\$[A-Z_]+|\*+)$/i
const SHORTEST = 3

/** A placeholder, in quotes (escaped ones too, as in JSON within JSON), or up to what ends a bare value. */
const VALUE = [
  String.raw`\[[A-Za-z]{1,20}\]`,
  String.raw`\$\{\w{1,60}\}`,
  String.raw`\\{1,7}["'][^"']{0,2000}`,
  String.raw`"(?:[^"\\]|\\.){0,2000}`,
  String.raw`'(?:[^'\\]|\\.){0,2000}`,
  String.raw`(?:[^\s"'&,;)}\]\\]|\\(?!["'])|[,;)}\]](?![\s"',;)}\]{[\\]|$|[\w.-]{1,40}\s{0,2}[=:])){1,2000}`,
].join('|')

const PAIR = new RegExp(String.raw`(${NAMES})(\\{0,7}["']?\s{0,3}(?:=>|:=|==?|:)\s{0,3})(${VALUE})`, 'gi')
const OPTION = new RegExp(String.raw`(--?(?:[a-z0-9]{1,20}-){0,3}(?:${NAMES}))(\s{1,3})(?!-)(${VALUE})`, 'gi')
const PROSE = new RegExp(String.raw`\b(${NAMES})(\s{1,3}(?:is\s{1,3})?)([A-Za-z0-9+/_-]{20,250})`, 'gi')
const AUTHORIZATION =
  /(authorization\\{0,7}["']?\s{0,3}[:=]\s{0,3}(?:\\{0,7}["'])?)((?:bearer|basic|token|digest|bot|apikey)\s{1,3})?([^\s"'\\,;]{3,4000})/gi
const BEARER = /\b(Bearer\s{1,3})([A-Za-z0-9+/=._~-]{12,4000})/gi
const BASIC = /\b(Basic\s{1,3})([A-Za-z0-9+/]{8,2000}={0,2})/gi

/** `password=...`, `"api_key": "..."`, `--token abc`, `Authorization: Bearer ...`: the value, not its name. */
export function maskPairs(text: string): string {
  return text
    .replace(AUTHORIZATION, (all, name: string, scheme: string | undefined, value: string) =>
      value === MASK || (scheme === undefined && !/\d/.test(value)) ? all : name + (scheme ?? '') + MASK,
    )
    .replace(BEARER, (all, word: string, value: string) => (/\d/.test(value) ? word + MASK : all))
    .replace(BASIC, (all, word: string, value: string) => (holdsColon(value) ? word + MASK : all))
    .replace(PAIR, (all, name: string, between: string, value: string, at: number, whole: string) =>
      isModelToken(name, whole, at) ? all : name + between + maskValue(name, value),
    )
    .replace(
      OPTION,
      (_all, name: string, between: string, value: string) => name + between + maskValue(name, value),
    )
    .replace(PROSE, (all, name: string, between: string, value: string) =>
      /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value) ? name + between + MASK : all,
    )
}

/** The value masked between its quotes, or as it is when it gives nothing away. */
function maskValue(name: string, value: string): string {
  const open = /^\\*["']/.exec(value)?.[0] ?? ''
  const escape = open.slice(0, -1)
  const close = escape !== '' && value.endsWith(escape) ? escape : ''
  const body = value.slice(open.length, value.length - close.length)
  return open + (isHarmless(name, body) ? body : MASK) + close
}

/** What follows a secret's name without being one: a switch, a placeholder, a count of tokens, a working directory. */
export function isHarmless(name: string, value: string): boolean {
  if (value.length < SHORTEST || PLACEHOLDER.test(value)) return true
  if (/token$/i.test(name)) return Number.isFinite(Number(value))
  return /pwd$/i.test(name) && /^(?:~?\/|[A-Za-z]:\\)/.test(value)
}

/** `pad_token`, `eosToken`: the word before says that no secret follows. */
function isModelToken(name: string, text: string, at: number): boolean {
  return /^token$/i.test(name) && MODEL_TOKEN.test(text.slice(Math.max(0, at - PREFIX), at))
}

function holdsColon(value: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(value, 'base64').toString('latin1'))
}

const SECRET_NAME = new RegExp(
  String.raw`(?:^|[^a-z])(?:password|passwd|passphrase|pwd|secret|(?:api|access|secret|private)[_-]?key|authorization|credentials?|[a-z]{1,20}[_-]token)$`,
  'i',
)
const CAMEL_NAME =
  /[a-z0-9](?:Password|Passwd|Passphrase|Pwd|Secret|ApiKey|AccessKey|SecretKey|PrivateKey|Token)$/

/** A member's name whose value is a secret. A plain `token` is none: errors name the word of a query so. */
export function isSecretName(name: string): boolean {
  if (!SECRET_NAME.test(name) && !CAMEL_NAME.test(name)) return false
  return !(/token$/i.test(name) && MODEL_TOKEN.test(name.slice(0, -'token'.length)))
}
