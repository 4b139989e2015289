// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Stub/Platform.h"

inline constexpr double UE_DOUBLE_PI = 3.141592653589793238462643383279502884197169399;

// page: API/Runtime/Core/FMath
struct FMath {
    static double Tan(double);
    static float Abs(float);
    static bool IsFinite(float);
    template <class T>
    static T Clamp(T, T, T);
    template <class T>
    static T Max(T, T);
    template <class T>
    static T Min(T, T);
    static double DegreesToRadians(double);
    static double RadiansToDegrees(double);
};

struct FRotator;

// page: API/Runtime/Core/FVector
struct FVector {
    double X, Y, Z;
    FVector();
    explicit FVector(double);
    FVector(double, double, double);
    static const FVector UpVector;
    bool IsNearlyZero() const;
    FVector GetSafeNormal() const;
    static double DotProduct(const FVector&, const FVector&);
    FRotator Rotation() const;
    FVector operator+(const FVector&) const;
    FVector operator-(const FVector&) const;
    FVector operator*(double) const;
    friend FVector operator*(double, const FVector&);
};

// page: API/Runtime/Core/FQuat
struct FQuat {
    double X, Y, Z, W;
    FQuat(double, double, double, double);
    FQuat(FVector Axis, double Radians);
    FRotator Rotator() const;
    FQuat Inverse() const;
    FVector RotateVector(FVector) const;
    FQuat operator*(const FQuat&) const;
};

// page: API/Runtime/Core/FRotator
struct FRotator {
    double Pitch, Yaw, Roll;
    FRotator();
    FRotator(double InPitch, double InYaw, double InRoll);
    static const FRotator ZeroRotator;
    FQuat Quaternion() const;
    FVector Vector() const;
};

// page: API/Runtime/Core/FLinearColor
struct FLinearColor {
    FLinearColor(float, float, float, float);
};

// page: API/Runtime/Core/FColor
struct FColor {
    uint8 B, G, R, A;
};
