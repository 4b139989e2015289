namespace EchoRuntime
{
    /// <summary>
    /// Strings of names that come again and again, so that reading a header allocates nothing once each name was seen.
    /// Holds at most a fixed number of names and forgets by overwriting. Not for several threads at once.
    /// </summary>
    internal sealed class NamePool
    {
        private const int Size = 2048;
        private readonly string[] _names = new string[Size];

        /// <summary>The string of ASCII bytes.</summary>
        public string Get(byte[] data, int offset, int length)
        {
            if (length == 0) return "";
            uint hash = 2166136261; // FNV-1a
            for (int i = 0; i < length; i++) hash = (hash ^ data[offset + i]) * 16777619;
            int place = (int)((hash ^ (hash >> 15)) % Size);
            string known = _names[place];
            if (known != null && Same(known, data, offset, length)) return known;
            return _names[place] = Utf8.Strict.GetString(data, offset, length);
        }

        /// <summary>Whether ASCII bytes are this text.</summary>
        public static bool Same(string text, byte[] data, int offset, int length)
        {
            if (text.Length != length) return false;
            for (int i = 0; i < length; i++)
            {
                if (text[i] != data[offset + i]) return false;
            }
            return true;
        }
    }
}
