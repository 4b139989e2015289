using System;

// NUnit 3 as Unity's Test Framework has it: https://docs.nunit.org/articles/nunit/writing-tests/attributes.html and
// .../writing-tests/assertions/classic-assertions; UnityTest: https://docs.unity3d.com/Packages/com.unity.test-framework@1.1
namespace NUnit.Framework
{
    public class TestAttribute : Attribute { } // attributes/test

    public class SetUpAttribute : Attribute { } // attributes/setup

    public class TearDownAttribute : Attribute { } // attributes/teardown

    public abstract class Assert // assertions/classic-assertions
    {
        public static void Less(float arg1, float arg2) { } // Assert.Less
        public static void Greater(float arg1, float arg2) { } // Assert.Greater
        public static void AreEqual(object expected, object actual) { } // Assert.AreEqual
        public static void AreEqual(double expected, double actual, double delta) { } // Assert.AreEqual
        public static void IsFalse(bool condition) { } // Assert.False
        public static void IsNotNull(object anObject) { } // Assert.NotNull
    }
}

namespace UnityEngine.TestTools
{
    public class UnityTestAttribute : Attribute { } // manual/reference-attribute-unitytest
}
