using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>What the values of a map may be.</summary>
    internal enum MapValues
    {
        Anything,
        Ports,
        Shares,
        NameLists,
    }

    /// <summary>
    /// The kinds of fields that headers have. A message hands each of its fields to one of these methods, which reads
    /// it or writes it, and checks it either way. Overloads without a default are for fields that must be there.
    /// </summary>
    internal abstract class Fields
    {
        protected const long MostMicros = 1L << 62;

        protected abstract void Whole(string key, ref long value, long low, long high, bool required, long otherwise);

        protected abstract void Real(string key, ref double value, double low, double high, bool required, double otherwise);

        protected abstract void Flag(string key, ref bool value, bool required);

        protected abstract void Text(string key, ref string value, int bytes, bool required);

        protected abstract void Name(string key, ref string value, bool mayBeEmpty, bool required, string otherwise);

        protected abstract void Rotation(string key, ref Rotation value, bool required);

        protected abstract void Position(string key, ref Position value, bool required);

        protected abstract void Gaze(string key, ref Gaze value, bool required);

        /// <summary>A whole number of 64 bits without sign; a missing one is 0 where it need not be there.</summary>
        public abstract void Unsigned(string key, ref ulong value, bool required);

        /// <summary>A name that does not begin with a dot: a file in a folder of the runtime's, never a path.</summary>
        public abstract void FileName(string key, ref string value);

        public abstract void Version(string key, ref ProtocolVersion value);

        /// <summary>At most 16; none where they are missing.</summary>
        public abstract void Versions(string key, ref List<ProtocolVersion> value);

        public abstract void Names(string key, ref List<string> value, int most, bool required);

        public abstract void Map(string key, ref MessageMap value, MapValues kind, int most, bool required);

        public void Whole(string key, ref int value, int low, int high)
        {
            long wide = value;
            Whole(key, ref wide, low, high, true, 0);
            value = (int)wide;
        }

        public void Whole(string key, ref int value, int low, int high, int otherwise)
        {
            long wide = value;
            Whole(key, ref wide, low, high, false, otherwise);
            value = (int)wide;
        }

        public void Whole(string key, ref long value, long low, long high)
        {
            Whole(key, ref value, low, high, true, 0);
        }

        /// <summary>A whole number of 32 bits without sign.</summary>
        public void Unsigned(string key, ref uint value, uint low = 0)
        {
            long wide = value;
            Whole(key, ref wide, low, uint.MaxValue, true, 0);
            value = (uint)wide;
        }

        /// <summary>One that need not be there, and is 0 then.</summary>
        public void UnsignedOrZero(string key, ref uint value)
        {
            long wide = value;
            Whole(key, ref wide, 0, uint.MaxValue, false, 0);
            value = (uint)wide;
        }

        public void Micros(string key, ref long value)
        {
            Whole(key, ref value, -MostMicros, MostMicros, true, 0);
        }

        public void MicrosOrZero(string key, ref long value)
        {
            Whole(key, ref value, -MostMicros, MostMicros, false, 0);
        }

        public void Real(string key, ref double value, double low, double high)
        {
            Real(key, ref value, low, high, true, 0.0);
        }

        public void Real(string key, ref double value, double low, double high, double otherwise)
        {
            Real(key, ref value, low, high, false, otherwise);
        }

        public void Flag(string key, ref bool value)
        {
            Flag(key, ref value, true);
        }

        public void FlagOrFalse(string key, ref bool value)
        {
            Flag(key, ref value, false);
        }

        public void Text(string key, ref string value, int bytes)
        {
            Text(key, ref value, bytes, true);
        }

        public void TextOrEmpty(string key, ref string value, int bytes)
        {
            Text(key, ref value, bytes, false);
        }

        public void Name(string key, ref string value)
        {
            Name(key, ref value, false, true, "");
        }

        public void Name(string key, ref string value, string otherwise)
        {
            Name(key, ref value, false, false, otherwise);
        }

        /// <summary>A name, or "" for none; must be there.</summary>
        public void NameOrEmpty(string key, ref string value, bool required = false)
        {
            Name(key, ref value, true, required, "");
        }

        public void Rotation(string key, ref Rotation value)
        {
            Rotation(key, ref value, true);
        }

        public void RotationOrIdentity(string key, ref Rotation value)
        {
            Rotation(key, ref value, false);
        }

        public void Position(string key, ref Position value)
        {
            Position(key, ref value, true);
        }

        public void PositionOrZero(string key, ref Position value)
        {
            Position(key, ref value, false);
        }

        public void Gaze(string key, ref Gaze value)
        {
            Gaze(key, ref value, true);
        }

        public void GazeOrZero(string key, ref Gaze value)
        {
            Gaze(key, ref value, false);
        }
    }
}
