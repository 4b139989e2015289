using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>Writes a message's header: first counts its fields, then writes them. One instance for one thread.</summary>
    internal sealed class FieldWriter : Fields
    {
        private readonly byte[] _buffer = new byte[Limits.HeaderBytes];
        private readonly MsgPackWriter _writer;
        private string _type;
        private bool _counting;
        private int _count;

        public FieldWriter()
        {
            _writer = new MsgPackWriter(_buffer);
        }

        /// <summary>The bytes of the last header; valid up to the returned length of <see cref="Write"/>.</summary>
        public byte[] Buffer
        {
            get { return _buffer; }
        }

        /// <summary>
        /// Writes the header and returns its length. Every value is checked, so that nothing malformed leaves this
        /// side: <see cref="ProtocolException"/>.
        /// </summary>
        public int Write(Message message)
        {
            _type = message.Type;
            _counting = true;
            _count = 1;
            message.Visit(this);
            _counting = false;
            _writer.Length = 0;
            _writer.Map(_count);
            _writer.Text("t");
            _writer.Text(_type);
            message.Visit(this);
            return _writer.Length;
        }

        /// <summary>Writes a header of free content, for a message that this version has no class of.</summary>
        public int Write(MessageMap header)
        {
            _writer.Length = 0;
            _writer.Value(header);
            return _writer.Length;
        }

        protected override void Whole(string key, ref long value, long low, long high, bool required, long otherwise)
        {
            if (Counts()) return;
            FieldRules.Whole(_type, key, value, low, high);
            _writer.Text(key);
            _writer.Whole(value);
        }

        protected override void Real(string key, ref double value, double low, double high, bool required, double otherwise)
        {
            if (Counts()) return;
            FieldRules.Real(_type, key, value, low, high);
            _writer.Text(key);
            _writer.Real(value);
        }

        protected override void Flag(string key, ref bool value, bool required)
        {
            if (Counts()) return;
            _writer.Text(key);
            _writer.Flag(value);
        }

        protected override void Text(string key, ref string value, int bytes, bool required)
        {
            if (Counts()) return;
            _writer.Text(key);
            if (value == null) throw FieldRules.Missing(_type, key);
            _writer.Text(value); // first, since it refuses what is no Unicode
            FieldRules.Text(_type, key, value, bytes);
        }

        protected override void Name(string key, ref string value, bool mayBeEmpty, bool required, string otherwise)
        {
            if (Counts()) return;
            FieldRules.Name(_type, key, value, mayBeEmpty);
            _writer.Text(key);
            _writer.Text(value);
        }

        public override void FileName(string key, ref string value)
        {
            Name(key, ref value, false, true, "");
            if (!_counting) FieldRules.FileName(_type, key, value);
        }

        protected override void Rotation(string key, ref Rotation value, bool required)
        {
            if (Counts()) return;
            FieldRules.Rotation(_type, key, value);
            _writer.Text(key);
            _writer.List(4);
            _writer.Real(value.X);
            _writer.Real(value.Y);
            _writer.Real(value.Z);
            _writer.Real(value.W);
        }

        protected override void Position(string key, ref Position value, bool required)
        {
            if (Counts()) return;
            _writer.Text(key);
            _writer.List(3);
            Coordinate(key, value.X);
            Coordinate(key, value.Y);
            Coordinate(key, value.Z);
        }

        protected override void Gaze(string key, ref Gaze value, bool required)
        {
            if (Counts()) return;
            _writer.Text(key);
            _writer.List(2);
            Coordinate(key, value.Yaw);
            Coordinate(key, value.Pitch);
        }

        public override void Unsigned(string key, ref ulong value, bool required)
        {
            if (Counts()) return;
            _writer.Text(key);
            _writer.Whole(value);
        }

        public override void Version(string key, ref ProtocolVersion value)
        {
            if (Counts()) return;
            _writer.Text(key);
            Version(key, value);
        }

        public override void Versions(string key, ref List<ProtocolVersion> value)
        {
            if (Counts()) return;
            if (value == null) throw FieldRules.Missing(_type, key);
            if (value.Count > 16) throw FieldRules.NotKind(_type, key, "a list of at most 16 versions");
            _writer.Text(key);
            _writer.List(value.Count);
            for (int i = 0; i < value.Count; i++) Version(key, value[i]);
        }

        public override void Names(string key, ref List<string> value, int most, bool required)
        {
            if (Counts()) return;
            if (value == null) throw FieldRules.Missing(_type, key);
            if (value.Count > most) throw FieldRules.NotKind(_type, key, "a list of at most " + most + " names");
            _writer.Text(key);
            _writer.List(value.Count);
            for (int i = 0; i < value.Count; i++)
            {
                FieldRules.Name(_type, key, value[i], false);
                _writer.Text(value[i]);
            }
        }

        public override void Map(string key, ref MessageMap value, MapValues kind, int most, bool required)
        {
            if (Counts()) return;
            if (value == null) throw FieldRules.Missing(_type, key);
            MapRules.Check(_type, key, value, kind, most);
            _writer.Text(key);
            _writer.Value(value, Limits.HeaderDepth - 1);
        }

        private bool Counts()
        {
            if (_counting) _count++;
            return _counting;
        }

        private void Coordinate(string key, double value)
        {
            FieldRules.Coordinate(_type, key, value);
            _writer.Real(value);
        }

        private void Version(string key, ProtocolVersion value)
        {
            FieldRules.Whole(_type, key, value.Major, 0, ushort.MaxValue);
            FieldRules.Whole(_type, key, value.Minor, 0, ushort.MaxValue);
            _writer.List(2);
            _writer.Whole(value.Major);
            _writer.Whole(value.Minor);
        }
    }
}
