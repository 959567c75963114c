import { MASK } from './mask.ts'

const NAMES = 'password|passwd|passphrase|pwd|secret|(?:api|access|secret|private)[_-]?key|token|credentials?'
/** Tokens of a language model, or counts of them. */
const MODEL_TOKEN =
  /(?:pad|eos|bos|unk|sep|cls|mask|stop|start|end|image|audio|special|next|last|first|max|min|num|per|by|new|add)[_-]?$/i
const LONGEST_PREFIX = 8

/** In quotes (escaped ones too, as in JSON within JSON), or up to what ends a bare value. */
const VALUE = [
  String.raw`\\{1,7}["'][^"']{0,2000}`,
  String.raw`"(?:[^"\\]|\\.){0,2000}`,
  String.raw`'(?:[^'\\]|\\.){0,2000}`,
  String.raw`(?:[^\s"'&,;)}\]\\]|\\(?!["'])|[,;)}\]](?![\s"',;)}\]{[\\]|$|[\w.-]{1,40}\s{0,2}[=:])){1,2000}`,
].join('|')

const PAIR = new RegExp(
  String.raw`(${NAMES})(\\{0,7}["']?\s{0,3}(?:=>|:=|==?|:)\s{0,3})(${VALUE}|\[[A-Z]{1,20}\]|\[masked\])`,
  'gi',
)
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
    .replace(PAIR, (all, name: string, between: string, value: string, at: number) =>
      isModelToken(name, text, at, all) ? all : name + between + maskValue(name, value),
    )
    .replace(
      OPTION,
      (_all, name: string, between: string, value: string) => name + between + maskValue(name, value),
    )
    .replace(PROSE, (all, name: string, between: string, value: string) =>
      /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value) ? name + between + MASK : all,
    )
}
