using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace EchoRuntime.CoreTests
{
    /// <summary>
    /// JSON to the values of <see cref="MessageMap"/>: numbers with a point or exponent are doubles, others whole.
    /// </summary>
    internal sealed class Json
    {
        private readonly string _text;
        private int _at;

        private Json(string text)
        {
            _text = text;
        }

        public static object Parse(string text)
        {
            var json = new Json(text);
            object value = json.Value(0);
            json.Space();
            if (json._at != text.Length) throw json.Wrong("the end");
            return value;
        }

        private object Value(int depth)
        {
            if (depth > 64) throw Wrong("less nesting");
            Space();
            if (_at == _text.Length) throw Wrong("a value");
            char first = _text[_at];
            if (first == '{') return Map(depth);
            if (first == '[') return List(depth);
            if (first == '"') return Text();
            if (Word("true")) return true;
            if (Word("false")) return false;
            if (Word("null")) return null;
            return Number();
        }

        private MessageMap Map(int depth)
        {
            var map = new MessageMap();
            _at++;
            while (!Take('}'))
            {
                if (map.Count > 0) Need(',');
                Space();
                string key = Text();
                Need(':');
                map.Set(key, Value(depth + 1));
            }
            return map;
        }

        private List<object> List(int depth)
        {
            var list = new List<object>();
            _at++;
            while (!Take(']'))
            {
                if (list.Count > 0) Need(',');
                list.Add(Value(depth + 1));
            }
            return list;
        }

        private string Text()
        {
            if (_at == _text.Length || _text[_at] != '"') throw Wrong("a text");
            var text = new StringBuilder();
            for (_at++; ; _at++)
            {
                if (_at >= _text.Length) throw Wrong("the end of a text");
                char c = _text[_at];
                if (c == '"') break;
                if (c != '\\')
                {
                    text.Append(c);
                    continue;
                }
                if (++_at >= _text.Length) throw Wrong("an escape");
                c = _text[_at];
                if (c == 'u')
                {
                    if (_at + 4 >= _text.Length) throw Wrong("four digits");
                    text.Append((char)int.Parse(_text.Substring(_at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    _at += 4;
                }
                else
                {
                    int kind = "nrtbf".IndexOf(c);
                    text.Append(kind < 0 ? c : "\n\r\t\b\f"[kind]);
                }
            }
            _at++;
            return text.ToString();
        }

        private object Number()
        {
            int start = _at;
            bool real = false;
            while (_at < _text.Length && "+-.eE0123456789".IndexOf(_text[_at]) >= 0)
            {
                real |= ".eE".IndexOf(_text[_at]) >= 0;
                _at++;
            }
            string digits = _text.Substring(start, _at - start);
            double number;
            long whole;
            ulong large;
            if (!real && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole)) return whole;
            if (!real && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out large)) return large;
            if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out number)) throw Wrong("a number");
            // Mono's parser loses the sign of a zero
            return number == 0.0 && digits[0] == '-' ? BitConverter.Int64BitsToDouble(long.MinValue) : number;
        }

        private bool Word(string word)
        {
            if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0) return false;
            _at += word.Length;
            return true;
        }

        private bool Take(char c)
        {
            Space();
            if (_at == _text.Length || _text[_at] != c) return false;
            _at++;
            return true;
        }

        private void Need(char c)
        {
            if (!Take(c)) throw Wrong("'" + c + "'");
        }

        private void Space()
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
        }

        private FormatException Wrong(string wanted)
        {
            return new FormatException("The JSON text lacks " + wanted + " at character " + _at + ".");
        }
    }
}
