namespace Parti.Native;

/// <summary>Which libtorch a build carries; chosen by the MSBuild property of the same name.</summary>
public enum TorchFlavor
{
    /// <summary>The CPU libtorch of the build's platform lies beside the application.</summary>
    Cpu,

    /// <summary>The CUDA libtorch of the build's platform lies beside the application.</summary>
    Cuda,

    /// <summary>No libtorch lies beside the application; <c>PARTI_LIBTORCH</c> names a folder that has one.</summary>
    External,
}
