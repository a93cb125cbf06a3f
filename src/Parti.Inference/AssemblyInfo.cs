using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Parti.Inference.Tests")]
[assembly: InternalsVisibleTo("Parti.Benchmarks")]
