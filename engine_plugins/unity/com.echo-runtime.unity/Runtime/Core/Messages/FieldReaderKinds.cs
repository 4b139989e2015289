using System.Collections.Generic;
using System.Globalization;

namespace EchoRuntime
{
    /// <summary>How each kind of field is read and checked.</summary>
    internal sealed partial class FieldReader
    {
        protected override void Whole(string key, ref long value, long low, long high, bool required, long otherwise)
        {
            MsgPackReader reader;
            if (!Seek(key, required, out reader))
            {
                value = otherwise;
                return;
            }
            if (reader.Peek() != MsgPackKind.Whole) throw FieldRules.NotWhole(_type, key, "no whole number", low, high);
            bool negative;
            ulong bits = reader.ReadWhole(out negative);
            if (!negative && bits > long.MaxValue)
            {
                throw FieldRules.NotWhole(_type, key, bits.ToString(CultureInfo.InvariantCulture), low, high);
            }
            value = unchecked((long)bits);
            FieldRules.Whole(_type, key, value, low, high);
        }

        public override void Unsigned(string key, ref ulong value, bool required)
        {
            MsgPackReader reader;
            if (!Seek(key, required, out reader))
            {
                value = 0;
                return;
            }
            bool negative = true;
            if (reader.Peek() == MsgPackKind.Whole) value = reader.ReadWhole(out negative);
            if (negative) throw FieldRules.NotKind(_type, key, "a whole number from 0 to " + ulong.MaxValue);
        }

        protected override void Real(string key, ref double value, double low, double high, bool required, double otherwise)
        {
            MsgPackReader reader;
            if (!Seek(key, required, out reader)) value = otherwise;
            else value = ReadReal(ref reader, key, low, high);
        }

        protected override void Flag(string key, ref bool value, bool required)
        {
            MsgPackReader reader;
            if (!Seek(key, required, out reader))
            {
                value = false;
                return;
            }
            if (reader.Peek() != MsgPackKind.Flag) throw FieldRules.NotKind(_type, key, "true or false");
            value = reader.ReadFlag();
        }

        protected override void Text(string key, ref string value, int bytes, bool required)
        {
            MsgPackReader reader;
            if (!Seek(key, required, out reader))
            {
                value = "";
                return;
            }
            if (reader.Peek() != MsgPackKind.Text) throw FieldRules.NotKind(_type, key, "text");
            int at, size;
            reader.ReadText(out at, out size);
            if (size > bytes) throw new ProtocolException(_type + "." + key + " has more than " + bytes + " bytes of text.");
            value = Utf8.Strict.GetString(_data, at, size);
        }

        protected override void Name(string key, ref string value, bool mayBeEmpty, bool required, string otherwise)
        {
            MsgPackReader reader;
            value = Seek(key, required, out reader) ? ReadName(ref reader, key, mayBeEmpty) : otherwise;
        }

        protected override void Rotation(string key, ref Rotation value, bool required)
        {
            MsgPackReader reader;
            if (!Seek(key, required, out reader))
            {
                value = EchoRuntime.Rotation.Identity;
                return;
            }
            Begin(ref reader, key, 4);
            value.X = Coordinate(ref reader, key);
            value.Y = Coordinate(ref reader, key);
            value.Z = Coordinate(ref reader, key);
            value.W = Coordinate(ref reader, key);
            FieldRules.Rotation(_type, key, value);
        }

        protected override void Position(string key, ref Position value, bool required)
        {
            MsgPackReader reader;
            value = new Position();
            if (!Seek(key, required, out reader)) return;
            Begin(ref reader, key, 3);
            value.X = Coordinate(ref reader, key);
            value.Y = Coordinate(ref reader, key);
            value.Z = Coordinate(ref reader, key);
        }

        protected override void Gaze(string key, ref Gaze value, bool required)
        {
            MsgPackReader reader;
            value = new Gaze();
            if (!Seek(key, required, out reader)) return;
            Begin(ref reader, key, 2);
            value.Yaw = Coordinate(ref reader, key);
            value.Pitch = Coordinate(ref reader, key);
        }

        public override void FileName(string key, ref string value)
        {
            MsgPackReader reader;
            Seek(key, true, out reader);
            value = ReadName(ref reader, key, false);
            FieldRules.FileName(_type, key, value);
        }

        public override void Version(string key, ref ProtocolVersion value)
        {
            MsgPackReader reader;
            Seek(key, true, out reader);
            value = ReadVersion(ref reader, key);
        }

        public override void Versions(string key, ref List<ProtocolVersion> value)
        {
            MsgPackReader reader;
            value = new List<ProtocolVersion>();
            if (!Seek(key, false, out reader)) return;
            int count = reader.Peek() == MsgPackKind.List ? reader.ReadList() : int.MaxValue;
            if (count > 16) throw FieldRules.NotKind(_type, key, "a list of at most 16 versions");
            for (int i = 0; i < count; i++) value.Add(ReadVersion(ref reader, key));
        }

        public override void Names(string key, ref List<string> value, int most, bool required)
        {
            MsgPackReader reader;
            value = new List<string>();
            if (!Seek(key, required, out reader)) return;
            int count = reader.Peek() == MsgPackKind.List ? reader.ReadList() : int.MaxValue;
            if (count > most) throw FieldRules.NotKind(_type, key, "a list of at most " + most + " names");
            for (int i = 0; i < count; i++) value.Add(ReadName(ref reader, key, false));
        }

        public override void Map(string key, ref MessageMap value, MapValues kind, int most, bool required)
        {
            MsgPackReader reader;
            value = null;
            if (Seek(key, required, out reader))
            {
                if (reader.Peek() == MsgPackKind.Map) value = (MessageMap)reader.ReadValue(Limits.HeaderDepth - 1);
                if (value == null) throw FieldRules.NotKind(_type, key, "a map of at most " + most + " entries");
                MapRules.Check(_type, key, value, kind, most);
            }
            else
            {
                value = new MessageMap();
            }
        }

        private string ReadName(ref MsgPackReader reader, string key, bool mayBeEmpty)
        {
            if (reader.Peek() != MsgPackKind.Text) throw FieldRules.NotKind(_type, key, "a name");
            int at, size;
            reader.ReadText(out at, out size);
            if (size == 0 && mayBeEmpty) return "";
            if (IsNameAt(at, size)) return _names.Get(_data, at, size);
            throw FieldRules.NotName(_type, key, Utf8.Strict.GetString(_data, at, size));
        }

        private bool IsNameAt(int at, int size)
        {
            if (size < 1 || size > Limits.NameBytes) return false;
            for (int i = 0; i < size; i++)
            {
                if (!FieldRules.IsNameCharacter(_data[at + i])) return false;
            }
            return true;
        }

        private void Begin(ref MsgPackReader reader, string key, int count)
        {
            if (reader.Peek() == MsgPackKind.List && reader.ReadList() == count) return;
            throw FieldRules.NotKind(_type, key, "a list of " + count + " numbers");
        }

        private double Coordinate(ref MsgPackReader reader, string key)
        {
            return ReadReal(ref reader, key, -1e9, 1e9);
        }

        private double ReadReal(ref MsgPackReader reader, string key, double low, double high)
        {
            MsgPackKind kind = reader.Peek();
            double value = double.NaN;
            if (kind == MsgPackKind.Real) value = reader.ReadReal();
            else if (kind == MsgPackKind.Whole)
            {
                bool negative;
                ulong bits = reader.ReadWhole(out negative);
                value = negative ? unchecked((long)bits) : (double)bits;
            }
            else throw FieldRules.NotKind(_type, key, "a number");
            FieldRules.Real(_type, key, value, low, high);
            return value;
        }

        private ProtocolVersion ReadVersion(ref MsgPackReader reader, string key)
        {
            if (reader.Peek() != MsgPackKind.List || reader.ReadList() != 2)
            {
                throw FieldRules.NotKind(_type, key, "[major, minor]");
            }
            int major = VersionPart(ref reader, key);
            return new ProtocolVersion(major, VersionPart(ref reader, key));
        }

        private int VersionPart(ref MsgPackReader reader, string key)
        {
            bool negative = true;
            ulong value = reader.Peek() == MsgPackKind.Whole ? reader.ReadWhole(out negative) : 0;
            if (negative || value > ushort.MaxValue) throw FieldRules.NotKind(_type, key, "[major, minor]");
            return (int)value;
        }
    }
}
