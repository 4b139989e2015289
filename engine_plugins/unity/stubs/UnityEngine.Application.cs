using System;

namespace UnityEngine
{
    public class Application // Application
    {
        public static bool isPlaying { get { return false; } } // Application-isPlaying
        public static string dataPath { get { return null; } } // Application-dataPath
        public static string productName { get { return null; } } // Application-productName
        public static string temporaryCachePath { get { return null; } } // Application-temporaryCachePath
        public static RuntimePlatform platform { get { return default(RuntimePlatform); } } // Application-platform
        public static bool HasUserAuthorization(UserAuthorization mode) { return false; } // Application.HasUserAuthorization
        public static AsyncOperation RequestUserAuthorization(UserAuthorization mode) { return null; } // Application.RequestUserAuthorization
    }

    public class AsyncOperation { } // AsyncOperation

    public enum UserAuthorization { Microphone = 2 } // UserAuthorization

    public enum RuntimePlatform { IPhonePlayer = 8, Android = 11, WebGLPlayer = 17 } // RuntimePlatform

    public static class Time // Time
    {
        public static float timeScale { get; set; } // Time-timeScale
        public static float deltaTime { get { return 0f; } } // Time-deltaTime
        public static float unscaledTime { get { return 0f; } } // Time-unscaledTime
    }

    public class Debug // Debug
    {
        public static void Log(object message) { } // Debug.Log
        public static void Log(object message, Object context) { } // Debug.Log
        public static void LogWarning(object message, Object context) { } // Debug.LogWarning
        public static void LogError(object message) { } // Debug.LogError
        public static void LogError(object message, Object context) { } // Debug.LogError
    }

    public sealed class Resources // Resources
    {
        public static T[] FindObjectsOfTypeAll<T>() where T : Object { return null; } // Resources.FindObjectsOfTypeAll
        public static T Load<T>(string path) where T : Object { return null; } // Resources.Load
    }

    public enum RuntimeInitializeLoadType { SubsystemRegistration = 4 } // RuntimeInitializeLoadType

    public class RuntimeInitializeOnLoadMethodAttribute : Attribute // RuntimeInitializeOnLoadMethodAttribute
    {
        public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType) { } // RuntimeInitializeOnLoadMethodAttribute-ctor
    }

    public sealed class SerializeField : Attribute { } // SerializeField

    [AttributeUsage(AttributeTargets.Field)]
    public class TooltipAttribute : Attribute // TooltipAttribute
    {
        public TooltipAttribute(string tooltip) { } // TooltipAttribute-ctor
    }

    [AttributeUsage(AttributeTargets.Field)]
    public class HeaderAttribute : Attribute // HeaderAttribute
    {
        public HeaderAttribute(string header) { } // HeaderAttribute-ctor
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class RangeAttribute : Attribute // RangeAttribute
    {
        public RangeAttribute(float min, float max) { } // RangeAttribute-ctor
    }

    public sealed class AddComponentMenu : Attribute // AddComponentMenu
    {
        public AddComponentMenu(string menuName) { } // AddComponentMenu-ctor
    }

    public class DefaultExecutionOrder : Attribute // DefaultExecutionOrder
    {
        public DefaultExecutionOrder(int order) { } // DefaultExecutionOrder-ctor
    }

    public sealed class DisallowMultipleComponent : Attribute { } // DisallowMultipleComponent

    public sealed class RequireComponent : Attribute // RequireComponent
    {
        public RequireComponent(Type requiredComponent) { } // RequireComponent-ctor
    }

    public sealed class CreateAssetMenuAttribute : Attribute // CreateAssetMenuAttribute
    {
        public string menuName { get; set; } // CreateAssetMenuAttribute-menuName
        public string fileName { get; set; } // CreateAssetMenuAttribute-fileName
    }
}

namespace UnityEngine.Android
{
    public struct Permission // Android.Permission
    {
        public const string Microphone = "android.permission.RECORD_AUDIO"; // Android.Permission.Microphone
        public static bool HasUserAuthorizedPermission(string permission) { return false; } // Android.Permission.HasUserAuthorizedPermission
        public static void RequestUserPermission(string permission) { } // Android.Permission.RequestUserPermission
    }
}

namespace UnityEngine.Events
{
    public delegate void UnityAction(); // Events.UnityAction

    public delegate void UnityAction<T0>(T0 arg0); // Events.UnityAction

    public class UnityEvent // Events.UnityEvent
    {
        public void Invoke() { } // Events.UnityEvent.Invoke
        public void AddListener(UnityAction call) { } // Events.UnityEvent.AddListener
        public void RemoveListener(UnityAction call) { } // Events.UnityEvent.RemoveListener
    }

    public class UnityEvent<T0> // Events.UnityEvent_1
    {
        public void Invoke(T0 arg0) { } // Events.UnityEvent_1.Invoke
        public void AddListener(UnityAction<T0> call) { } // Events.UnityEvent_1.AddListener
        public void RemoveListener(UnityAction<T0> call) { } // Events.UnityEvent_1.RemoveListener
    }
}
