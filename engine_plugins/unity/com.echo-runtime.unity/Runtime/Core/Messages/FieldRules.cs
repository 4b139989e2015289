using System;
using System.Globalization;

namespace EchoRuntime
{
    /// <summary>What each kind of field may hold, with the sentence for what it may not.</summary>
    internal static class FieldRules
    {
        private const double MostReal = 1e9;

        public static void Whole(string type, string key, long value, long low, long high)
        {
            if (value >= low && value <= high) return;
            throw NotWhole(type, key, value.ToString(CultureInfo.InvariantCulture), low, high);
        }

        public static ProtocolException NotWhole(string type, string key, string shown, long low, long high)
        {
            return new ProtocolException(
                type + "." + key + " is " + shown + "; it must be a whole number from " + low + " to " + high + ".");
        }

        public static void Real(string type, string key, double value, double low, double high)
        {
            if (value >= low && value <= high) return; // a NaN is neither
            throw new ProtocolException(
                type + "." + key + " is " + value.ToString(CultureInfo.InvariantCulture) + "; it must be a number from "
                + low.ToString(CultureInfo.InvariantCulture) + " to " + high.ToString(CultureInfo.InvariantCulture) + ".");
        }

        public static void Text(string type, string key, string value, int bytes)
        {
            if (value == null) throw Missing(type, key);
            if (value.Length <= bytes / 3 || value.Length <= bytes && Utf8.Strict.GetByteCount(value) <= bytes) return;
            throw new ProtocolException(type + "." + key + " has more than " + bytes + " bytes of text.");
        }

        public static void Name(string type, string key, string value, bool mayBeEmpty)
        {
            if (value == null) throw Missing(type, key);
            if (IsName(value) || mayBeEmpty && value.Length == 0) return;
            throw NotName(type, key, value);
        }

        public static bool IsName(string value)
        {
            if (value.Length < 1 || value.Length > Limits.NameBytes) return false;
            for (int i = 0; i < value.Length; i++)
            {
                if (!IsNameCharacter(value[i])) return false;
            }
            return true;
        }

        public static bool IsNameCharacter(int c)
        {
            return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-';
        }

        public static ProtocolException NotName(string type, string key, string shown)
        {
            return new ProtocolException(
                type + "." + key + " is '" + Shown(shown) + "'; it must be a name of 1 to " + Limits.NameBytes
                + " letters, digits, '_', '-' or '.'.");
        }

        public static void FileName(string type, string key, string value)
        {
            if (value[0] != '.') return;
            throw new ProtocolException(
                type + "." + key + " is '" + value + "'; it must be a plain file name, not beginning with '.'.");
        }

        public static void Rotation(string type, string key, Rotation q)
        {
            Coordinate(type, key, q.X);
            Coordinate(type, key, q.Y);
            Coordinate(type, key, q.Z);
            Coordinate(type, key, q.W);
            double length = Math.Sqrt(q.X * q.X + q.Y * q.Y + q.Z * q.Z + q.W * q.W);
            if (length >= 0.99 && length <= 1.01) return;
            throw new ProtocolException(
                type + "." + key + " has the length " + length.ToString("0.000", CultureInfo.InvariantCulture)
                + "; a rotation must have length 1.");
        }

        public static void Coordinate(string type, string key, double value)
        {
            Real(type, key, value, -MostReal, MostReal);
        }

        public static ProtocolException Missing(string type, string key)
        {
            return new ProtocolException(type + " lacks the field '" + key + "'.");
        }

        public static ProtocolException NotKind(string type, string key, string wanted)
        {
            return new ProtocolException(type + "." + key + " must be " + wanted + ".");
        }

        /// <summary>The begin of a text that came from outside.</summary>
        public static string Shown(string text)
        {
            return text.Length <= 40 ? text : text.Substring(0, 37) + "...";
        }
    }
}
