namespace Parti.Training.Tests.Scenes;

/// <summary>A fresh seed for a randomised test. It is part of every failure's message; PARTI_TEST_SEED repeats a run.</summary>
internal static class TestSeed
{
    internal static ulong Next()
    {
        string? fixedSeed = Environment.GetEnvironmentVariable("PARTI_TEST_SEED");
        ulong seed = fixedSeed is null ? (ulong)Random.Shared.NextInt64() : ulong.Parse(fixedSeed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        return seed;
    }
}
