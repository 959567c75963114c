import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanName, maskVolatile } from '../../../../src/domain/text/clean.ts'

describe('names', () => {
  it('lose what controls, turns or hides', () => {
    expect(cleanName('a\u202eb\u0000c\nd\u200be')).toBe('a b c d e')
    expect(cleanName('  two \t words ')).toBe('two words')
    expect(cleanName('größe 損失 🏆')).toBe('größe 損失 🏆')
    expect(cleanName('a\ud800\u{e0041}')).toBe('a\ufffd')
  })

  it('are well-formed, on one line, and clean for good', () => {
    const clean = fc.property(fc.string({ unit: 'binary' }), (name) => {
      const shown = cleanName(name)
      expect(shown).not.toMatch(/[\p{Cc}\u2028-\u202e]/u)
      expect(shown.isWellFormed()).toBe(true)
      expect(cleanName(shown)).toBe(shown)
    })
    fc.assert(clean)
  })
})

describe('the same error', () => {
  it.each([
    ['Tried to allocate 2.50 GiB (GPU 0)', 'Tried to allocate 12 GiB (GPU 3)'],
    ['No such file: /data/ana/a.csv', 'No such file: /mnt/bob/x/b.csv'],
    ['File "C:\\jobs\\1\\t.py", line 7', 'File "C:\\jobs\\two\\t.py", line 81'],
    ['fault at 0x7fabc012', 'fault at 0xDEADBEEF'],
    ['connect 10.0.0.3:5432 refused', 'connect 10.0.12.4:6379 refused'],
    ['run 3f2504e04f8911d39a0c0305e82c3301 died', 'run 0198c0ffee7a7b2c9d3e4f5a6b7c8d9e died'],
    ['job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 died', 'job 0198c0ff-ee7a-7b2c-9d3e-4f5a6b7c8d9e died'],
    ['loss is 1e-7', 'loss is -3.5e+12'],
    ['node-3 is gone', 'node-17 is gone'],
  ])('%s', (one, other) => expect(maskVolatile(one)).toBe(maskVolatile(other)))

  it.each([
    ["KeyError: 'lr'", "KeyError: 'momentum'"],
    ['ValueError: bad shape', 'TypeError: bad shape'],
    ['feedface is a word', 'deafened is a word'],
  ])('is not %s and %s', (one, other) => expect(maskVolatile(one)).not.toBe(maskVolatile(other)))

  it('is masked for good', () => {
    const masked = fc.property(fc.string(), (line) => {
      expect(maskVolatile(line)).not.toMatch(/\d/)
    })
    fc.assert(masked)
  })
})
