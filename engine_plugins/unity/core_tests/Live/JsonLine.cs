using System;
using System.Globalization;
using System.Text;

namespace EchoRuntime.Live
{
    /// <summary>One JSON object on a line of standard output, written when it is complete.</summary>
    internal sealed class JsonLine
    {
        private static readonly object Output = new object();
        private readonly StringBuilder _text = new StringBuilder("{");

        public JsonLine(string name)
        {
            Add("event", name);
        }

        public JsonLine Add(string key, string value)
        {
            Key(key);
            Quote(value);
            return this;
        }

        public JsonLine Add(string key, bool value)
        {
            Key(key);
            _text.Append(value ? "true" : "false");
            return this;
        }

        public JsonLine Add(string key, long value)
        {
            Key(key);
            _text.Append(value.ToString(CultureInfo.InvariantCulture));
            return this;
        }

        /// <summary>Three decimals; null for what is no number.</summary>
        public JsonLine Add(string key, double value)
        {
            Key(key);
            bool number = !double.IsNaN(value) && !double.IsInfinity(value);
            _text.Append(number ? Math.Round(value, 3).ToString("0.0##", CultureInfo.InvariantCulture) : "null");
            return this;
        }

        public void Write()
        {
            _text.Append('}');
            lock (Output)
            {
                Console.Out.WriteLine(_text.ToString());
                Console.Out.Flush();
            }
        }

        private void Key(string key)
        {
            if (_text.Length > 1) _text.Append(", ");
            Quote(key);
            _text.Append(": ");
        }

        private void Quote(string text)
        {
            _text.Append('"');
            foreach (char c in text)
            {
                if (c == '"' || c == '\\') _text.Append('\\').Append(c);
                else if (c < ' ' || c > '~') _text.Append("\\u").Append(((int)c).ToString("x4"));
                else _text.Append(c);
            }
            _text.Append('"');
        }
    }
}
