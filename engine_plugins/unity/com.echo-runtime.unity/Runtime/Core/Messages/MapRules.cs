using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>Checks maps of free content; brings whole numbers to reals where shares are wanted.</summary>
    internal static class MapRules
    {
        public static void Check(string type, string key, MessageMap map, MapValues kind, int most)
        {
            if (map.Count > most) throw FieldRules.NotKind(type, key, "a map of at most " + most + " entries");
            for (int i = 0; i < map.Count; i++)
            {
                string name = map.KeyAt(i);
                if (!FieldRules.IsName(name)) throw FieldRules.NotName("a name in " + type, key, name);
                if (kind == MapValues.Ports) Port(type, key, map.ValueAt(i));
                else if (kind == MapValues.Shares) map.Set(name, Share(type, key, map.ValueAt(i)));
                else if (kind == MapValues.NameLists) Names(type, key, map.ValueAt(i));
            }
        }

        private static void Port(string type, string key, object value)
        {
            if (!(value is long)) throw FieldRules.NotKind(type, key, "a map of whole numbers");
            FieldRules.Whole(type, key, (long)value, 1, ushort.MaxValue);
        }

        private static object Share(string type, string key, object value)
        {
            double share;
            if (value is double) share = (double)value;
            else if (value is long) share = (long)value;
            else throw FieldRules.NotKind(type, key, "a map of numbers");
            FieldRules.Real(type, key, share, 0.0, 1.0);
            return share;
        }

        private static void Names(string type, string key, object value)
        {
            var list = value as List<object>;
            if (list == null || list.Count > Limits.Curves) throw FieldRules.NotKind(type, key, "a map of lists of names");
            for (int i = 0; i < list.Count; i++)
            {
                FieldRules.Name(type, key, list[i] as string ?? "", false);
            }
        }
    }
}
