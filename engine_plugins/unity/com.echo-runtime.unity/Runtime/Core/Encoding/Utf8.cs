using System.Text;

namespace EchoRuntime
{
    /// <summary>UTF-8 as RFC 3629 defines it: nothing overlong, no surrogates, nothing above U+10FFFF.</summary>
    internal static class Utf8
    {
        /// <summary>Throws on malformed text in both directions; needs no state, and so may be shared by threads.</summary>
        public static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        public static bool IsValid(byte[] data, int offset, int length)
        {
            int at = offset, end = offset + length;
            while (at < end)
            {
                int first = data[at++];
                if (first < 0x80) continue;
                int more, low = 0x80, high = 0xBF;
                if (first >= 0xC2 && first <= 0xDF) more = 1;
                else if (first >= 0xE0 && first <= 0xEF)
                {
                    more = 2;
                    if (first == 0xE0) low = 0xA0;
                    if (first == 0xED) high = 0x9F;
                }
                else if (first >= 0xF0 && first <= 0xF4)
                {
                    more = 3;
                    if (first == 0xF0) low = 0x90;
                    if (first == 0xF4) high = 0x8F;
                }
                else return false;
                if (end - at < more) return false;
                if (data[at] < low || data[at] > high) return false;
                for (int i = 1; i < more; i++)
                {
                    if ((data[at + i] & 0xC0) != 0x80) return false;
                }
                at += more;
            }
            return true;
        }
    }
}
