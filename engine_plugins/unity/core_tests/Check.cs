using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace EchoRuntime.CoreTests
{
    internal sealed class CheckFailed : Exception
    {
        public CheckFailed(string text) : base(text)
        {
        }
    }

    /// <summary>A test cannot run here, and why.</summary>
    internal sealed class Skipped : Exception
    {
        public Skipped(string why) : base(why)
        {
        }
    }

    /// <summary>What a test demands.</summary>
    internal static class Check
    {
        public static void That(bool holds, string what)
        {
            if (!holds) throw new CheckFailed(what);
        }

        public static void Same(object expected, object found, string what)
        {
            if (!Equal(expected, found)) throw new CheckFailed(what + ": expected " + Show(expected) + ", found "
                + Show(found));
        }

        public static void Near(double expected, double found, double within, string what)
        {
            if (Math.Abs(expected - found) <= within) return;
            throw new CheckFailed(what + ": expected " + expected + " within " + within + ", found " + found);
        }

        public static void Refused(Action action, string what)
        {
            try
            {
                action();
            }
            catch (ProtocolException error)
            {
                That(error.Message.Length > 10 && error.Message.EndsWith("."), what + ": no sentence: " + error.Message);
                return;
            }
            throw new CheckFailed(what + ": not refused");
        }

        /// <summary>Waits until it holds; a slow machine gets 20 seconds.</summary>
        public static void Soon(Func<bool> holds, string what, int milliseconds = 20000)
        {
            Stopwatch watch = Stopwatch.StartNew();
            while (!holds())
            {
                if (watch.ElapsedMilliseconds > milliseconds)
                {
                    throw new CheckFailed("never within " + milliseconds + " ms: " + what);
                }
                Thread.Sleep(2);
            }
        }

        public static bool Equal(object a, object b)
        {
            var mapA = a as MessageMap;
            var mapB = b as MessageMap;
            if (mapA != null && mapB != null)
            {
                if (mapA.Count != mapB.Count) return false;
                for (int i = 0; i < mapA.Count; i++)
                {
                    if (mapA.KeyAt(i) != mapB.KeyAt(i) || !Equal(mapA.ValueAt(i), mapB.ValueAt(i))) return false;
                }
                return true;
            }
            var listA = a as List<object>;
            var listB = b as List<object>;
            if (listA != null && listB != null)
            {
                if (listA.Count != listB.Count) return false;
                for (int i = 0; i < listA.Count; i++)
                {
                    if (!Equal(listA[i], listB[i])) return false;
                }
                return true;
            }
            var bytesA = a as byte[];
            var bytesB = b as byte[];
            if (bytesA != null && bytesB != null) return Hex.Write(bytesA) == Hex.Write(bytesB);
            if (a is double && b is double)
            {
                return BitConverter.DoubleToInt64Bits((double)a) == BitConverter.DoubleToInt64Bits((double)b);
            }
            return Equals(a, b);
        }

        private static string Show(object value)
        {
            if (value == null) return "null";
            var map = value as MessageMap;
            if (map != null)
            {
                var entries = new List<string>();
                for (int i = 0; i < map.Count; i++) entries.Add(map.KeyAt(i) + ": " + Show(map.ValueAt(i)));
                return "{" + string.Join(", ", entries.ToArray()) + "}";
            }
            var list = value as List<object>;
            if (list != null) return "[" + string.Join(", ", list.ConvertAll(Show).ToArray()) + "]";
            return value + " (" + value.GetType().Name + ")";
        }
    }

    internal static class Hex
    {
        public static byte[] Read(string text)
        {
            var bytes = new byte[text.Length / 2];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = Convert.ToByte(text.Substring(2 * i, 2), 16);
            return bytes;
        }

        public static string Write(byte[] bytes)
        {
            return BitConverter.ToString(bytes).Replace("-", "").ToLowerInvariant();
        }
    }
}
