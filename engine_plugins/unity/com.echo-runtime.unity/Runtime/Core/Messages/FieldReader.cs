namespace EchoRuntime
{
    /// <summary>
    /// Reads headers. <see cref="Open"/> checks the bytes and notes where each field lies; <see cref="Fill"/> reads them
    /// into a message. Allocates nothing for messages without texts, lists and maps, once each name has been seen. One
    /// instance for one thread; throws <see cref="ProtocolException"/>.
    /// </summary>
    internal sealed partial class FieldReader : Fields
    {
        private readonly int[] _keyAt = new int[Limits.MapEntries];
        private readonly int[] _keyLength = new int[Limits.MapEntries];
        private readonly int[] _valueAt = new int[Limits.MapEntries];
        private readonly NamePool _names = new NamePool();
        private byte[] _data;
        private int _end, _count, _next;
        private string _type;

        /// <summary>The type of the opened header.</summary>
        public string Type
        {
            get { return _type; }
        }

        /// <summary>Takes the bytes of a header, which must stay as they are while its fields are read.</summary>
        public void Open(byte[] data, int offset, int length)
        {
            if (length > Limits.HeaderBytes)
            {
                throw new ProtocolException(
                    "The header has " + length + " bytes; at most " + Limits.HeaderBytes + " are allowed.");
            }
            _data = data;
            _end = offset + length;
            _type = "The header";
            _count = _next = 0;
            var reader = new MsgPackReader(data, offset, _end);
            if (reader.Peek() != MsgPackKind.Map) throw new ProtocolException("The header is not one msgpack map.");
            int count = reader.ReadMap();
            for (int i = 0; i < count; i++)
            {
                reader.ReadKey(out _keyAt[i], out _keyLength[i]);
                for (int j = 0; j < i; j++)
                {
                    if (reader.Same(_keyAt[j], _keyLength[j], _keyAt[i], _keyLength[i])) throw MsgPackReader.Twice();
                }
                _valueAt[i] = reader.At;
                reader.Skip(Limits.HeaderDepth - 1);
                _count = i + 1;
            }
            if (!reader.AtEnd) throw new ProtocolException("The header goes on after its map.");
            if (!Find("t", out reader) || reader.Peek() != MsgPackKind.Text)
            {
                throw new ProtocolException("The header names no type: the key 't' is missing or not text.");
            }
            int at, size;
            reader.ReadText(out at, out size);
            if (size == 0) throw new ProtocolException("The header names no type: the text of 't' is empty.");
            _type = IsNameAt(at, size) ? _names.Get(data, at, size) : Utf8.Strict.GetString(data, at, size);
        }

        /// <summary>
        /// Reads the opened header into a message of its type, and checks the size of the payload beside it.
        /// </summary>
        public void Fill(Message message, long payloadSize)
        {
            _next = 0;
            message.Visit(this);
            message.CheckPayload(payloadSize);
        }

        /// <summary>
        /// The value of a key as a number without sign, 0 where it is none; for the `id` of a message that is unknown.
        /// </summary>
        public ulong UnsignedOrZero(string key)
        {
            MsgPackReader reader;
            if (!Find(key, out reader) || reader.Peek() != MsgPackKind.Whole) return 0;
            bool negative;
            ulong value = reader.ReadWhole(out negative);
            return negative ? 0 : value;
        }

        private bool Seek(string key, bool required, out MsgPackReader reader)
        {
            if (Find(key, out reader)) return true;
            if (required) throw FieldRules.Missing(_type, key);
            return false;
        }

        /// <summary>Fields come mostly in the order in which they are asked for: looks on from the last one.</summary>
        private bool Find(string key, out MsgPackReader reader)
        {
            for (int i = 0; i < _count; i++)
            {
                int at = _next + i < _count ? _next + i : _next + i - _count;
                if (!NamePool.Same(key, _data, _keyAt[at], _keyLength[at])) continue;
                _next = at + 1 < _count ? at + 1 : 0;
                reader = new MsgPackReader(_data, _valueAt[at], _end);
                return true;
            }
            reader = new MsgPackReader(_data, _end, _end);
            return false;
        }
    }
}
