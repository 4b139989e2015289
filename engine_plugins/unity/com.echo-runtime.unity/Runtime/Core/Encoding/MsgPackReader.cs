using System;

namespace EchoRuntime
{
    /// <summary>Families of msgpack values.</summary>
    internal enum MsgPackKind
    {
        Nil,
        Flag,
        Whole,
        Real,
        Text,
        Binary,
        List,
        Map,
    }

    /// <summary>
    /// Reads the part of msgpack that headers use (github.com/msgpack/msgpack/blob/master/spec.md): no extension types.
    /// Works on bytes in place and allocates nothing but the values of <see cref="ReadValue"/>. Every length is checked
    /// against the bytes that are there before it is used. Throws <see cref="ProtocolException"/>.
    /// </summary>
    internal partial struct MsgPackReader
    {
        private readonly byte[] _data;
        private readonly int _end;
        private bool _seenBefore;

        public MsgPackReader(byte[] data, int offset, int end)
        {
            _data = data;
            At = offset;
            _end = end;
            _seenBefore = false;
        }

        /// <summary>Where the next value begins.</summary>
        public int At;

        public bool AtEnd
        {
            get { return At == _end; }
        }

        public MsgPackKind Peek()
        {
            if (At >= _end) throw Short();
            byte code = _data[At];
            if (code < 0x80 || code >= 0xE0) return MsgPackKind.Whole;
            if (code < 0x90) return MsgPackKind.Map;
            if (code < 0xA0) return MsgPackKind.List;
            if (code < 0xC0) return MsgPackKind.Text;
            switch (code)
            {
                case 0xC0: return MsgPackKind.Nil;
                case 0xC2: case 0xC3: return MsgPackKind.Flag;
                case 0xC4: case 0xC5: case 0xC6: return MsgPackKind.Binary;
                case 0xCA: case 0xCB: return MsgPackKind.Real;
                case 0xCC: case 0xCD: case 0xCE: case 0xCF:
                case 0xD0: case 0xD1: case 0xD2: case 0xD3: return MsgPackKind.Whole;
                case 0xD9: case 0xDA: case 0xDB: return MsgPackKind.Text;
                case 0xDC: case 0xDD: return MsgPackKind.List;
                case 0xDE: case 0xDF: return MsgPackKind.Map;
                default:
                    throw new ProtocolException(
                        "The header holds an extension type or the byte 0x" + code.ToString("x2") + "; neither is allowed.");
            }
        }

        /// <summary>The number of entries of a map; each takes at least two bytes.</summary>
        public int ReadMap()
        {
            byte code = Next();
            uint count = code < 0x90 ? (uint)code & 0x0F : (uint)Big(code == 0xDE ? 2 : 4);
            if (count <= Limits.MapEntries) return Count(count, 2);
            throw new ProtocolException(
                "A map in the header has " + count + " entries; at most " + Limits.MapEntries + " are allowed.");
        }

        /// <summary>The number of values of a list; each takes at least one byte.</summary>
        public int ReadList()
        {
            byte code = Next();
            uint count = code < 0xA0 ? (uint)code & 0x0F : (uint)Big(code == 0xDC ? 2 : 4);
            return Count(count, 1);
        }

        /// <summary>Where the bytes of a text lie, checked to be UTF-8.</summary>
        public void ReadText(out int offset, out int length)
        {
            byte code = Next();
            uint size = code < 0xC0 ? (uint)code & 0x1F : (uint)Big(1 << (code - 0xD9));
            length = Count(size, 1);
            offset = At;
            At += length;
            if (!Utf8.IsValid(_data, offset, length))
            {
                throw new ProtocolException("The header holds text that is not UTF-8.");
            }
        }

        public void ReadBinary(out int offset, out int length)
        {
            byte code = Next();
            length = Count((uint)Big(1 << (code - 0xC4)), 1);
            offset = At;
            At += length;
        }

        /// <summary>A whole number: its bits as two's complement, and whether it is below zero.</summary>
        public ulong ReadWhole(out bool negative)
        {
            byte code = Next();
            negative = false;
            if (code < 0x80) return code;
            if (code >= 0xE0)
            {
                negative = true;
                return unchecked((ulong)(sbyte)code);
            }
            if (code <= 0xCF) return Big(1 << (code - 0xCC));
            int size = 1 << (code - 0xD0);
            int shift = 64 - 8 * size;
            long value = unchecked((long)(Big(size) << shift)) >> shift;
            negative = value < 0;
            return unchecked((ulong)value);
        }

        /// <summary>A float64 or float32, which must be finite.</summary>
        public double ReadReal()
        {
            double value = Next() == 0xCB ? BitConverter.Int64BitsToDouble(unchecked((long)Big(8))) : Single((uint)Big(4));
            if (!double.IsNaN(value) && !double.IsInfinity(value)) return value;
            throw new ProtocolException("The header holds a number that is not finite.");
        }

        /// <summary>By hand: BitConverter has no way from bits to a float without an array before .NET Core.</summary>
        private static double Single(uint bits)
        {
            int exponent = (int)(bits >> 23) & 0xFF;
            uint fraction = bits & 0x7FFFFF;
            double sign = bits >> 31 == 0 ? 1.0 : -1.0;
            if (exponent == 0xFF) return double.NaN;
            if (exponent == 0) return sign * fraction * Math.Pow(2.0, -149);
            return sign * (0x800000 | fraction) * Math.Pow(2.0, exponent - 150);
        }

        public bool ReadFlag()
        {
            return Next() == 0xC3;
        }

        /// <summary>A key, which must be text.</summary>
        public void ReadKey(out int offset, out int length)
        {
            if (Peek() != MsgPackKind.Text) throw new ProtocolException("The header holds a key that is not text.");
            ReadText(out offset, out length);
        }

        private byte Next()
        {
            if (At >= _end) throw Short();
            return _data[At++];
        }

        private ulong Big(int size)
        {
            if (_end - At < size) throw Short();
            ulong value = 0;
            for (int i = 0; i < size; i++) value = value << 8 | _data[At++];
            return value;
        }

        private int Count(uint announced, int bytesEach)
        {
            if (announced > (uint)(_end - At) / (uint)bytesEach) throw Short();
            return (int)announced;
        }

        private static ProtocolException Short()
        {
            return new ProtocolException("The header ends before what it announces.");
        }

        internal static ProtocolException Twice()
        {
            return new ProtocolException("The header holds the same key twice.");
        }

        private static ProtocolException TooDeep()
        {
            return new ProtocolException(
                "The header holds more than " + Limits.HeaderDepth + " maps and lists inside one another.");
        }
    }
}
