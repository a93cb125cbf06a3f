using TorchSharp;

namespace Parti.Native;

/// <summary>Loads libtorch once, before the first tensor, and decides how many threads it may use.</summary>
public static class TorchRuntime
{
    /// <summary>Loads the native libraries and sets the thread count.</summary>
    /// <param name="threads">Threads for tensor operations, at least 1.</param>
    public static void Start(int threads)
    {
        torch.set_num_threads(threads);
    }
}
