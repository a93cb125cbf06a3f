using Parti.Training.Runs;
using static TorchSharp.torch;

namespace Parti.Training.Recipes;

/// <summary>Devices by name.</summary>
static class Devices
{
    /// <summary>The device of a name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>mps</c>.</param>
    /// <exception cref="TrainingException">It is not there.</exception>
    public static Device Open(string name)
    {
        if (name == "cpu")
        {
            return CPU;
        }
        bool there = name == "mps" ? mps_is_available() : cuda.is_available() && Number(name) < cuda.device_count();
        return there
            ? device(name)
            : throw new TrainingException($"device is {name}, which is not there (CUDA devices: {(cuda.is_available() ? cuda.device_count() : 0)}); use cpu, or install a libtorch and a driver for the device.");
    }

    static int Number(string name) => name.Contains(':', StringComparison.Ordinal) && int.TryParse(name.Split(':')[1], out int number) ? number : 0;
}
