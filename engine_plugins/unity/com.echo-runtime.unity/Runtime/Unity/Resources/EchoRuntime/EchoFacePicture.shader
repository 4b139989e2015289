// The NPC's picture on a quad or billboard: unlit, with its straight alpha. Its pass has no LightMode tag: the built-in
// pipeline and URP (as "SRPDefaultUnlit") both draw it. HDRP: use HDRP/Unlit and the property _UnlitColorMap.
Shader "Echo Runtime/Face Picture"
{
    Properties
    {
        _MainTex ("Picture", 2D) = "black" {}
        [Toggle] _Billboard ("Turns to the Camera", Float) = 0
    }
    SubShader
    {
        Tags { "RenderType" = "Transparent" "Queue" = "Transparent" "IgnoreProjector" = "True" }
        Blend SrcAlpha OneMinusSrcAlpha
        ZWrite Off
        Cull Off
        Pass
        {
            CGPROGRAM
            #pragma vertex Vertex
            #pragma fragment Fragment
            #pragma multi_compile_instancing
            #include "UnityCG.cginc"

            sampler2D _MainTex;
            float _Billboard;

            struct Input
            {
                float4 position : POSITION;
                float2 uv : TEXCOORD0;
                UNITY_VERTEX_INPUT_INSTANCE_ID
            };

            struct Between
            {
                float4 position : SV_POSITION;
                float2 uv : TEXCOORD0;
                UNITY_VERTEX_OUTPUT_STEREO
            };

            Between Vertex(Input input)
            {
                Between output;
                UNITY_SETUP_INSTANCE_ID(input);
                UNITY_INITIALIZE_OUTPUT(Between, output);
                UNITY_INITIALIZE_VERTEX_OUTPUT_STEREO(output);
                // a billboard keeps the object's size, and faces the camera
                float3 size = float3(length(unity_ObjectToWorld._m00_m10_m20), length(unity_ObjectToWorld._m01_m11_m21), 1.0);
                float4 centre = mul(UNITY_MATRIX_V, mul(unity_ObjectToWorld, float4(0, 0, 0, 1)));
                float4 facing = mul(UNITY_MATRIX_P, centre + float4(input.position.xy * size.xy, 0, 0));
                output.position = _Billboard > 0.5 ? facing : UnityObjectToClipPos(input.position);
                output.uv = input.uv;
                return output;
            }

            fixed4 Fragment(Between input) : SV_Target
            {
                return tex2D(_MainTex, input.uv);
            }
            ENDCG
        }
    }
    FallBack Off
}
