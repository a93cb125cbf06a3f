using System.Runtime.CompilerServices;
using TorchSharp;

namespace Parti.Native;

/// <summary>Which devices this process can compute on.</summary>
public static class TorchDevices
{
    /// <summary>Every accelerator as <c>cuda:N</c>, or <c>cpu</c> alone where there is none. Loads libtorch where the build could find an accelerator.</summary>
    /// <exception cref="TorchStartException">libtorch cannot be used.</exception>
    public static IReadOnlyList<string> Find()
    {
        if (TorchRuntime.Flavor == TorchFlavor.Cpu)
        {
            return ["cpu"];
        }

        TorchRuntime.Start();
        int accelerators = Accelerators();
        return accelerators == 0 ? ["cpu"] : [.. Enumerable.Range(0, accelerators).Select(number => $"cuda:{number}")];
    }

    // Apart, so that torch is not mentioned before it was loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Accelerators() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;
}
